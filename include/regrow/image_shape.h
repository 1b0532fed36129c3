// Images as the rows of numbers that a network reads: which input is which pixel of which channel.
#pragma once

#include <cstdint>

#include "regrow/philox.h"

namespace regrow {

struct ImageShape {
  std::uint32_t channels = 1;
  std::uint32_t height = 1;
  std::uint32_t width = 1;

  REGROW_HD constexpr std::uint32_t pixels() const { return height * width; }
  REGROW_HD constexpr std::uint32_t features() const { return channels * pixels(); }
  bool operator==(const ImageShape&) const = default;
};

/// How (row, col, channel) becomes a network input: kHwc (row·width + col)·channels + channel,
/// kChw channel·height·width + row·width + col.
enum class InputOrder : std::uint8_t { kHwc, kChw };

/// The network input that holds `pixel` = row·width + col of `channel`.
REGROW_HD constexpr std::uint32_t feature_index(const ImageShape& shape, InputOrder order,
                                                std::uint32_t channel, std::uint32_t pixel) {
  return order == InputOrder::kHwc ? pixel * shape.channels + channel
                                   : channel * shape.pixels() + pixel;
}

/// The pixel = row·width + col, of whatever channel, that the network input `feature` holds.
REGROW_HD constexpr std::uint32_t pixel_of_feature(const ImageShape& shape, InputOrder order,
                                                   std::uint32_t feature) {
  return order == InputOrder::kHwc ? feature / shape.channels : feature % shape.pixels();
}

}  // namespace regrow

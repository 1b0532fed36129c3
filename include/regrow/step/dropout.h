// Inverted dropout: which activations are dropped, and how that is told later.
#pragma once

#include <cstdint>

#include "regrow/philox.h"

namespace regrow::step {

/// Dropout of activation `feature` of the sample at `position` of the step's batch: block
/// dropout_block_index(feature, position), word position % 4. Time is the step, layer the layer
/// whose output is dropped. Four neighbouring samples share a block, as they share a vector.
REGROW_HD constexpr std::uint64_t dropout_block_index(std::uint32_t feature,
                                                      std::uint32_t position) {
  return std::uint64_t{position / 4} << 32 | feature;
}

/// is_dropped() with this threshold is true with the given probability, in [0, 1).
REGROW_HD constexpr std::uint32_t dropout_threshold(double probability) {
  // Rounds a number that is not negative, where std::lround is not constexpr.
  // NOLINTNEXTLINE(bugprone-incorrect-roundings)
  return static_cast<std::uint32_t>(probability * 16777216.0 + 0.5);
}

/// An integer decision, the same everywhere.
REGROW_HD constexpr bool is_dropped(std::uint32_t word, std::uint32_t threshold) {
  return (word >> 8) < threshold;
}

/// What a kept activation is multiplied by: 1/(1 − p).
constexpr float dropout_scale(double probability) {
  return static_cast<float>(1 / (1 - probability));
}

/// The bits of −0, as which float back ends store a dropped activation. No other activation is
/// stored so (a kept −0 becomes +0), so the backward pass needs no mask.
inline constexpr std::uint32_t kDroppedBits = 0x80000000U;

}  // namespace regrow::step

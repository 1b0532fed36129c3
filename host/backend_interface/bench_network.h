// The network, and the values, with which every device's benchmark times its primitives one by one:
// the paper's, or a tiny one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "regrow/image_shape.h"
#include "regrow/network_state.h"

namespace regrow {

struct BenchShape {
  ImageShape image;
  std::vector<std::int64_t> hidden;
  double epsilon;
  std::uint32_t batch;
  std::uint32_t images;
};
BenchShape bench_shape(bool tiny);
NetworkState bench_network(const BenchShape& shape);

/// `count` values in (−1, 1), a function of (stream, index) alone.
std::vector<float> noise_values(std::size_t count, std::uint32_t stream);
/// So many bytes of noise, as images are.
std::vector<std::uint8_t> noise_bytes(std::size_t count, std::uint32_t stream);

}  // namespace regrow

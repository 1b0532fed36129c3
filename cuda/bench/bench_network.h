// One step's network on the device with values to compute with, for timing its primitives one by
// one: the paper's, or a tiny one for the emulation.
#pragma once

#include <cstdint>
#include <vector>

#include "common/runtime.h"
#include "evolve/topology.h"
#include "regrow/network_state.h"
#include "step/layer_views.h"

namespace regrow::cuda {

struct BenchShape {
  ImageShape image;
  std::vector<std::int64_t> hidden;
  double epsilon;
  std::uint32_t batch;
  std::uint32_t images;

  std::uint32_t ld() const { return (batch + 7) / 8 * 8; }
};
BenchShape bench_shape(bool tiny);
NetworkState bench_network(const BenchShape& shape);

/// `count` values in (−1, 1), a function of (stream, index) alone.
std::vector<float> noise_values(std::size_t count, std::uint32_t stream);
/// Rounded towards zero: only the speed matters here.
std::vector<BFloat16> as_bfloat16(const std::vector<float>& values);

Connections upload_connections(const LayerState& layer, const Stream& stream);

}  // namespace regrow::cuda

// Values and connections of the benchmarked network, on the device.
#include "bench/bench_network.h"

#include <bit>
#include <span>

namespace regrow::cuda {

std::vector<BFloat16> as_bfloat16(const std::vector<float>& values) {
  std::vector<BFloat16> result;
  result.reserve(values.size());
  for (const float value : values) {
    result.push_back({static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16)});
  }
  return result;
}

Connections upload_connections(const LayerState& layer, const Stream& stream) {
  const std::vector<float> weights(layer.weights.values.begin(), layer.weights.values.end());
  Connections connections;
  connections.cells = {std::span<const std::uint64_t>(layer.cells), "cells", stream};
  connections.weights = DeviceParameter(weights.size(), 1, "weights", stream);
  connections.weights.values.upload(weights);
  connections.weights.zero_slots();
  connections.count = layer.cells.size();
  return connections;
}

}  // namespace regrow::cuda

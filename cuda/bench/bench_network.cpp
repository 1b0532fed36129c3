// Shapes, values and connections of the benchmarked network.
#include "bench/bench_network.h"

#include <bit>
#include <span>

#include "regrow/initial_network.h"
#include "regrow/philox.h"

namespace regrow::cuda {

BenchShape bench_shape(bool tiny) {
  if (tiny) return {{3, 8, 8}, {40, 20, 30}, 4, 20, 60};
  return {{3, 32, 32}, {4000, 1000, 4000}, 20, 100, 10'000};
}

NetworkState bench_network(const BenchShape& shape) {
  NetworkConfig config;
  config.hidden = shape.hidden;
  config.epsilon = shape.epsilon;
  NetworkStart start;
  start.features = shape.image.features();
  start.classes = 10;
  return initial_network(config, start);
}

std::vector<float> noise_values(std::size_t count, std::uint32_t stream) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t word = random_block(0, Purpose::kSynthetic, stream, 0, i / 4)[i % 4];
    values[i] = static_cast<float>(static_cast<std::int32_t>(word)) * 0x1p-31F;
  }
  return values;
}

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

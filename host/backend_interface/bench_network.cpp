#include "backend_interface/bench_network.h"

#include "regrow/initial_network.h"
#include "regrow/philox.h"

namespace regrow {

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

std::vector<std::uint8_t> noise_bytes(std::size_t count, std::uint32_t stream) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::uint8_t>(
        random_block(0, Purpose::kSynthetic, stream, 0, i / 16)[i % 4] >> (i / 4 % 4 * 8));
  }
  return bytes;
}

}  // namespace regrow

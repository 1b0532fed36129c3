// How many connections a hidden sparse layer starts with.
#include "network/initial_connections.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "network/erdos_renyi.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::uint64_t explicit_count(std::int64_t count, std::uint32_t layer, LayerSize size) {
  const std::uint64_t cells = std::uint64_t{size.inputs} * size.outputs;
  if (count < 0 || static_cast<std::uint64_t>(count) > cells) {
    throw UsageError(
        fmt::format("connections: {} for layer {}, which has {} cells ({} inputs x {} outputs); "
                    "give a number from 0 to {}",
                    count, layer, cells, size.inputs, size.outputs, cells));
  }
  return static_cast<std::uint64_t>(count);
}

/// Exact below 2^53 cells, and layers have at most 2^48.
std::uint64_t share_of_cells(double density, LayerSize size) {
  const std::uint64_t cells = std::uint64_t{size.inputs} * size.outputs;
  const auto share = static_cast<std::uint64_t>(std::llround(density * static_cast<double>(cells)));
  return std::min(share, cells);
}

}  // namespace

std::uint64_t initial_connections(const NetworkConfig& config, std::uint64_t seed,
                                  std::uint32_t layer, LayerSize size,
                                  std::vector<std::string>* warnings) {
  if (!config.connections.empty()) {
    return explicit_count(config.connections[layer], layer, size);
  }
  if (config.density > 0) return share_of_cells(config.density, size);
  if (warnings != nullptr &&
      erdos_renyi_probability(config.epsilon, size.inputs, size.outputs) > 1) {
    warnings->push_back(
        fmt::format("layer {} ({} inputs x {} outputs) is full: epsilon {} asks for more "
                    "connections than its {} cells; a smaller epsilon makes it sparse",
                    layer, size.inputs, size.outputs, config.epsilon,
                    std::uint64_t{size.inputs} * size.outputs));
  }
  return erdos_renyi_count(config.sparse_init, config.epsilon, seed, layer, size.inputs,
                           size.outputs);
}

}  // namespace regrow

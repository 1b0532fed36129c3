// The untrained network: how many connections each layer has, which cells they are, and their
// weights; a function of settings and seed alone, in O(connections) memory.
#include "regrow/initial_network.h"

#include <algorithm>
#include <numeric>

#include "network/network_plan.h"
#include "regrow/bijection.h"
#include "regrow/weight_init.h"
#include "system/memory_purpose.h"

namespace regrow {
namespace {

std::vector<std::uint64_t> sample_cells(std::uint64_t cell_count, std::uint64_t count,
                                        std::uint64_t seed, std::uint32_t index) {
  std::vector<std::uint64_t> cells(count);
  if (count == cell_count) {
    std::iota(cells.begin(), cells.end(), std::uint64_t{0});
    return cells;
  }
  const Bijection permutation(cell_count, seed, Purpose::kTopology, index, 0);
  for (std::uint64_t k = 0; k < count; ++k) cells[k] = permutation(k);
  std::sort(cells.begin(), cells.end());
  return cells;
}

void draw_weights(WeightInit init, std::uint64_t seed, std::uint32_t index, LayerState& layer) {
  const bool dense = layer.kind == LayerKind::kDense;
  const std::uint64_t count = dense ? layer.cell_count() : layer.cells.size();
  layer.weights.reserve(count);
  std::uint64_t end = 0;
  for (std::uint32_t out = 0; out < layer.outputs; ++out) {
    const std::uint64_t begin = end;
    const std::uint64_t next_row = cell_index(out + std::uint64_t{1}, 0, layer.inputs);
    while (end < count && (dense ? end : layer.cells[end]) < next_row) ++end;
    const double limit = init_limit(init, layer.inputs, layer.outputs, end - begin);
    for (std::uint64_t i = begin; i < end; ++i) {
      const std::uint64_t cell = dense ? i : layer.cells[i];
      const PhiloxBlock block = random_block(seed, Purpose::kInitialWeight, index, 0, cell);
      layer.weights.push_back(static_cast<double>(init_weight(limit, block[0])));
    }
  }
}

}  // namespace

NetworkState initial_network(const NetworkConfig& config, const NetworkStart& start,
                             std::vector<std::string>* warnings) {
  NetworkState network;
  for (const LayerPlan& plan : plan_network(config, start, warnings)) {
    const auto index = static_cast<std::uint32_t>(network.layers.size());
    const MemoryPurpose purpose("the untrained layer", index);
    LayerState& layer = network.layers.emplace_back();
    layer.inputs = plan.inputs;
    layer.outputs = plan.outputs;
    layer.kind = plan.kind;
    layer.budget = plan.connections;
    if (layer.kind == LayerKind::kSparse) {
      layer.cells = sample_cells(layer.cell_count(), layer.budget, start.seed, index);
    }
    draw_weights(config.weight_init, start.seed, index, layer);
    layer.momentum.assign(layer.weights.size(), 0.0);
    layer.biases.assign(layer.outputs, 0.0);
    layer.bias_momentum.assign(layer.outputs, 0.0);
  }
  return network;
}

}  // namespace regrow

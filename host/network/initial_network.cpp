// The untrained network: how many connections each layer has, which cells they are, and their
// weights; a function of settings and seed alone, in O(connections) memory.
#include "regrow/initial_network.h"

#include <algorithm>
#include <numeric>

#include "network/network_plan.h"
#include "random/sorted_images.h"
#include "regrow/bijection.h"
#include "regrow/weight_init.h"
#include "system/memory_purpose.h"
#include "system/workers.h"

namespace regrow {
namespace {

std::vector<std::uint64_t> sample_cells(std::uint64_t cell_count, std::uint64_t count,
                                        const NetworkStart& start, std::uint32_t index) {
  if (count == cell_count) {
    std::vector<std::uint64_t> cells(count);
    std::iota(cells.begin(), cells.end(), std::uint64_t{0});
    return cells;
  }
  const Bijection permutation(cell_count, start.seed, Purpose::kTopology, index, 0);
  StartedThreads workers(count, start.threads);
  const LargeVector<std::uint64_t> cells = sorted_images(permutation, count, workers);
  return {cells.begin(), cells.end()};
}

std::vector<double> draw_weights(WeightInit init, const NetworkStart& start, std::uint32_t index,
                                 const LayerState& layer) {
  const bool dense = layer.kind == LayerKind::kDense;
  const std::uint64_t count = dense ? layer.cell_count() : layer.cells.size();
  std::vector<double> weights(count);
  const auto first_of_row = [&](std::uint64_t row) {
    const std::uint64_t cell = cell_index(row, 0, layer.inputs);
    if (dense) return cell;
    const auto at = std::lower_bound(layer.cells.begin(), layer.cells.end(), cell);
    return static_cast<std::uint64_t>(at - layer.cells.begin());
  };
  StartedThreads workers(count, start.threads);
  workers.share(layer.outputs, [&](const Range& rows) {
    std::uint64_t end = first_of_row(rows.first);
    for (std::uint64_t out = rows.first; out < rows.last; ++out) {
      const std::uint64_t begin = end;
      const std::uint64_t next_row = cell_index(out + 1, 0, layer.inputs);
      while (end < count && (dense ? end : layer.cells[end]) < next_row) ++end;
      const double limit = init_limit(init, layer.inputs, layer.outputs, end - begin);
      for (std::uint64_t i = begin; i < end; ++i) {
        const std::uint64_t cell = dense ? i : layer.cells[i];
        const PhiloxBlock block = random_block(start.seed, Purpose::kInitialWeight, index, 0, cell);
        weights[i] = static_cast<double>(init_weight(limit, block[0]));
      }
    }
  });
  return weights;
}

// Initial values of the Keras contribution: t_left = 0, a_left uniform in [0, 1), t_right uniform
// in [0, 5), a_right = 1.
std::vector<Parameter> initial_srelu(const LayerState& layer, std::uint64_t seed,
                                     std::uint32_t index, std::size_t slots) {
  std::vector<double> a_left, t_right;
  for (std::uint32_t out = 0; out < layer.outputs; ++out) {
    const PhiloxBlock block = random_block(seed, Purpose::kInitialActivation, index, 0, out);
    a_left.push_back(static_cast<double>(uniform_from_bits(block[0])));
    t_right.push_back(static_cast<double>(5.0F * uniform_from_bits(block[1])));
  }
  return {Parameter(std::vector<double>(layer.outputs, 0.0), slots),
          Parameter(std::move(a_left), slots), Parameter(std::move(t_right), slots),
          Parameter(std::vector<double>(layer.outputs, 1.0), slots)};
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
      layer.cells = sample_cells(layer.cell_count(), layer.budget, start, index);
    }
    layer.weights = Parameter(draw_weights(config.weight_init, start, index, layer), start.slots);
    layer.biases = Parameter(std::vector<double>(layer.outputs, 0.0), start.slots);
    layer.activation = plan.activation;
    if (plan.activation == ActivationKind::kSRelu) {
      layer.activation_parameters = initial_srelu(layer, start.seed, index, start.slots);
    }
  }
  return network;
}

}  // namespace regrow

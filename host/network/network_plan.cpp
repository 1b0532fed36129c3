// The same plan for a network that is to be made and for one that is read.
#include "network/network_plan.h"

#include <fmt/format.h>

#include "network/initial_connections.h"
#include "regrow/error.h"

namespace regrow {

std::vector<LayerPlan> plan_network(const NetworkConfig& config, const NetworkStart& start,
                                    std::vector<std::string>* warnings) {
  if (!config.connections.empty() && config.connections.size() != config.hidden.size()) {
    throw UsageError(fmt::format("connections: {} counts for {} hidden layers; give one per layer",
                                 config.connections.size(), config.hidden.size()));
  }
  std::vector<std::uint32_t> widths = {start.features};
  for (const std::int64_t width : config.hidden) {
    widths.push_back(static_cast<std::uint32_t>(width));
  }
  widths.push_back(start.classes);

  std::vector<LayerPlan> layers;
  for (std::uint32_t index = 0; index + 1 < widths.size(); ++index) {
    LayerPlan& layer = layers.emplace_back();
    layer.inputs = widths[index];
    layer.outputs = widths[index + 1];
    const bool output = index + 2 == widths.size();
    layer.kind = output || start.is_dense ? LayerKind::kDense : LayerKind::kSparse;
    layer.connections = layer.kind == LayerKind::kDense
                            ? layer.cell_count()
                            : initial_connections(config, start.seed, index,
                                                  {layer.inputs, layer.outputs}, warnings);
    if (layer.connections == 0 && warnings != nullptr) {
      warnings->push_back(fmt::format(
          "layer {} ({} inputs x {} outputs) has no connections: nothing passes it, and "
          "nothing is learnt; raise --density, --epsilon or --connections",
          index, layer.inputs, layer.outputs));
    }
  }
  return layers;
}

std::vector<LayerPlan> plan_of(const NetworkState& network) {
  std::vector<LayerPlan> layers;
  layers.reserve(network.layers.size());
  for (const LayerState& layer : network.layers) {
    layers.push_back({layer.inputs, layer.outputs, layer.kind, layer.connections()});
  }
  return layers;
}

std::uint64_t state_bytes(const LayerPlan& layer) {
  const std::uint64_t cells = layer.kind == LayerKind::kSparse ? layer.connections : 0;
  return cells * sizeof(decltype(LayerState::cells)::value_type) +
         layer.connections * (sizeof(decltype(LayerState::weights)::value_type) +
                              sizeof(decltype(LayerState::momentum)::value_type)) +
         layer.outputs * (sizeof(decltype(LayerState::biases)::value_type) +
                          sizeof(decltype(LayerState::bias_momentum)::value_type));
}

}  // namespace regrow

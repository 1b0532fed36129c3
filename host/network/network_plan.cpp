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
  if (config.activation.size() != 1 && config.activation.size() != config.hidden.size()) {
    throw UsageError(
        fmt::format("activation: {} for {} hidden layers; give one for all, or one per layer",
                    config.activation.size(), config.hidden.size()));
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
    if (!output) layer.activation = activation_of(config, index);
    if (layer.connections == 0 && warnings != nullptr) {
      warnings->push_back(fmt::format(
          "layer {} ({} inputs x {} outputs) has no connections: nothing passes it, and "
          "nothing is learnt; raise --density, --epsilon or --connections",
          index, layer.inputs, layer.outputs));
    }
  }
  return layers;
}

ActivationKind activation_of(const NetworkConfig& config, std::size_t hidden_layer) {
  if (config.activation.size() == 1) return config.activation.front();
  return hidden_layer < config.activation.size() ? config.activation[hidden_layer]
                                                 : ActivationKind::kLeakyRelu;
}

std::vector<LayerPlan> plan_of(const NetworkState& network) {
  std::vector<LayerPlan> layers;
  layers.reserve(network.layers.size());
  for (const LayerState& layer : network.layers) {
    layers.push_back(
        {layer.inputs, layer.outputs, layer.kind, layer.connections(), layer.activation});
  }
  return layers;
}

LayerState without_values(const LayerState& layer) {
  LayerState shape;
  shape.inputs = layer.inputs;
  shape.outputs = layer.outputs;
  shape.kind = layer.kind;
  shape.budget = layer.budget;
  shape.activation = layer.activation;
  return shape;
}

std::uint64_t state_bytes(const LayerPlan& layer, std::size_t slots) {
  const std::uint64_t cells = layer.kind == LayerKind::kSparse ? layer.connections : 0;
  const std::uint64_t learned = 1 + parameter_names(layer.activation).size();  // with the bias
  return cells * sizeof(decltype(LayerState::cells)::value_type) +
         (layer.connections + layer.outputs * learned) * (1 + slots) * sizeof(double);
}

}  // namespace regrow

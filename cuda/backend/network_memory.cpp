#include "backend/network_memory.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "evolve/grow_by_gradient.h"
#include "evolve/measure.h"
#include "evolve/neighbours.h"
#include "step/output.h"

namespace regrow::cuda {
namespace {

/// At most, while one layer is loaded or evolves: the connections before, kept and dropped (48
/// bytes each with one slot), sorts and new connections; neighbours in three masks and sums over
/// them, or listed; or what growth by gradient takes.
std::uint64_t scratch_bytes(const HiddenLayer& layer, const std::optional<ScoredCells>& scored) {
  const std::uint64_t connections = layer.capacity;
  const std::uint64_t more_slots = (layer.slots - 1) * sizeof(float);  // than the one counted below
  if (layer.kind == LayerKind::kDense) return connections * (40 + 2 * more_slots);
  const std::uint64_t mask = mask_bytes(layer.shape);
  const std::uint64_t neighbours =
      mask <= kMaskBudget.bytes ? mask * 3 + mask / 4 : connections * 200;
  std::uint64_t scores = 0;
  if (scored) {
    const auto drawn =
        static_cast<std::uint64_t>(std::ceil(scored->ratio * static_cast<double>(connections)));
    scores = growth_by_gradient_bytes(layer.shape, connections, drawn);
  }
  return connections * (80 + 4 * more_slots) + std::max(neighbours, scores);
}

/// At most, while candidates are counted: of all layers their counts, of one weights, cells and
/// those that are protected; or the strengths of one layer's neurons and the signs of a batch.
std::uint64_t measure_bytes(const std::vector<HiddenLayer>& layers, std::uint32_t batch) {
  std::uint64_t connections = 0, neurons = 0;
  for (const HiddenLayer& layer : layers) {
    connections = std::max<std::uint64_t>(connections, layer.capacity);
    neurons = std::max(neurons, std::uint64_t{layer.shape.inputs} + layer.shape.outputs);
  }
  return std::max(
      layers.size() * (sizeof(CandidateTotals) + kMostMagnitudeBytes) + connections * 20,
      neurons * sizeof(double) + batch * sizeof(float));
}

}  // namespace

std::vector<HiddenLayer> hidden_layers(const NetworkState& state) {
  std::vector<HiddenLayer> layers;
  for (std::uint32_t i = 0; i + 1 < state.layers.size(); ++i) {
    const LayerState& layer = state.layers[i];
    layers.push_back({{i, layer.inputs, layer.outputs},
                      layer.kind,
                      // No method goes beyond the budget unless its settings say so.
                      static_cast<std::size_t>(std::max(layer.connections(), layer.budget)),
                      layer.weights.slots.size(),
                      {},
                      nullptr});
  }
  return layers;
}

std::uint32_t widest_activation(const NetworkState& state) {
  std::uint32_t widest = 0;
  for (const LayerState& layer : state.layers) widest = std::max(widest, layer.inputs);
  return widest;
}

std::uint32_t widest_layer(const NetworkState& state) {
  return std::max(widest_activation(state), state.layers.back().outputs);
}

bool needs_pre_activation(const LayerState& layer, std::size_t index,
                          const BackendOptions& options) {
  return step::layer_activation(layer.activation, index, options.leaky_slope)
      .needs_pre_activation();
}

std::size_t parameter_count(const NetworkState& state) {
  std::size_t count = 0;
  for (const LayerState& layer : state.layers) count += parameters_of(layer).size();
  return count;
}

std::vector<MemoryPart> network_memory(const NetworkState& state, const EngineKind& kind,
                                       const BackendOptions& options, std::size_t value_bytes,
                                       std::uint32_t training_ld, std::uint32_t evaluation_ld) {
  const LayerState& last = state.layers.back();
  const std::vector<HiddenLayer> hidden = hidden_layers(state);
  const UpdateMode update = update_mode(options.optimiser, options.clip_norm);
  // Of a number: itself, its slots, and its gradient where that is kept.
  const std::uint64_t with_gradient = (2 + last.weights.slots.size()) * sizeof(float);
  const std::uint64_t number =
      update == UpdateMode::kGradients ? with_gradient : with_gradient - sizeof(float);
  std::uint64_t activations = 0, others = 0, largest = measure_bytes(hidden, training_ld);
  for (std::size_t i = 0; i < state.layers.size(); ++i) {
    const LayerState& layer = state.layers[i];
    activations += std::uint64_t{layer.inputs} + layer.outputs;
    others += layer.outputs * number;
    others += layer.activation_parameters.size() * layer.outputs * with_gradient;
    if (i < hidden.size() && needs_pre_activation(layer, i, options)) activations += layer.outputs;
  }
  if (options.clip_norm > 0) others += clip_scratch(parameter_count(state)) * sizeof(double);
  for (const HiddenLayer& layer : hidden) {
    largest = std::max(largest, scratch_bytes(layer, options.scored_cells));
  }
  const std::uint64_t counts = state.layers.size() * sizeof(WeightCounts);
  std::vector<MemoryPart> parts = kind.memory(hidden, update, training_ld, evaluation_ld);
  parts.push_back(
      {"activations and gradients of a batch", activations * training_ld * value_bytes, false});
  parts.push_back({"activations of an evaluation",
                   2 * std::uint64_t{widest_activation(state)} * evaluation_ld * value_bytes,
                   false});
  parts.push_back({"output layer and biases",
                   last.cell_count() * number + others + counts +
                       std::uint64_t{output_slices(last.inputs)} * last.outputs *
                           std::max(training_ld, evaluation_ld) * sizeof(float),
                   false});
  // One layer after the other.
  parts.push_back({"loading and evolution", largest, true});
  return parts;
}

}  // namespace regrow::cuda

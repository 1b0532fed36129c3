#include "backend/network_memory.h"

#include <algorithm>

#include "evolve/measure.h"
#include "evolve/neighbours.h"
#include "step/output.h"

namespace regrow::cuda {
namespace {

/// At most, while one layer is loaded or evolves: the connections before, kept and dropped (48
/// bytes each), sorts and new connections; neighbours in three masks and sums over them, or listed.
std::uint64_t scratch_bytes(const HiddenLayer& layer) {
  const std::uint64_t connections = layer.capacity;
  if (layer.kind == LayerKind::kDense) return connections * 40;
  const std::uint64_t mask = mask_bytes(layer.shape);
  return connections * 80 + (mask <= kMaskBudget.bytes ? mask * 3 + mask / 4 : connections * 200);
}

/// At most, while candidates are counted: of all layers their counts, of one weights, cells and
/// those that are protected.
std::uint64_t measure_bytes(const std::vector<HiddenLayer>& layers) {
  std::size_t connections = 0;
  for (const HiddenLayer& layer : layers) connections = std::max(connections, layer.capacity);
  return layers.size() * (sizeof(CandidateTotals) + kMostMagnitudeBytes) + connections * 20;
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
                      nullptr,
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

std::vector<MemoryPart> network_memory(const NetworkState& state, const EngineKind& kind,
                                       std::size_t value_bytes, std::uint32_t training_ld,
                                       std::uint32_t evaluation_ld) {
  const LayerState& last = state.layers.back();
  const std::vector<HiddenLayer> hidden = hidden_layers(state);
  std::uint64_t activations = 0, biases = 0, largest = measure_bytes(hidden);
  for (const LayerState& layer : state.layers) {
    activations += std::uint64_t{layer.inputs} + layer.outputs;
    biases += std::uint64_t{layer.outputs} * 2 * sizeof(float);
  }
  for (const HiddenLayer& layer : hidden) largest = std::max(largest, scratch_bytes(layer));
  const std::uint64_t counts = state.layers.size() * sizeof(WeightCounts);
  std::vector<MemoryPart> parts = kind.memory(hidden, training_ld, evaluation_ld);
  parts.push_back(
      {"activations and gradients of a batch", activations * training_ld * value_bytes, false});
  parts.push_back({"activations of an evaluation",
                   2 * std::uint64_t{widest_activation(state)} * evaluation_ld * value_bytes,
                   false});
  parts.push_back({"output layer and biases",
                   last.cell_count() * 2 * sizeof(float) + biases + counts +
                       std::uint64_t{output_slices(last.inputs)} * last.outputs *
                           std::max(training_ld, evaluation_ld) * sizeof(float),
                   false});
  // One layer after the other.
  parts.push_back({"loading and evolution", largest, true});
  return parts;
}

}  // namespace regrow::cuda

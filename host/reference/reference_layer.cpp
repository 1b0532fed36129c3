// From canonical order to a matrix and its mask, and back.
#include "reference/reference_layer.h"

namespace regrow::reference {

ReferenceLayer from_state(const LayerState& state) {
  ReferenceLayer layer;
  layer.inputs = state.inputs;
  layer.outputs = state.outputs;
  layer.kind = state.kind;
  layer.budget = state.budget;
  layer.biases = state.biases;
  layer.bias_momentum = state.bias_momentum;
  if (state.kind == LayerKind::kDense) {
    layer.mask.assign(state.cell_count(), 1);
    layer.weights = state.weights;
    layer.momentum = state.momentum;
    return layer;
  }
  layer.mask.assign(state.cell_count(), 0);
  layer.weights.assign(state.cell_count(), 0);
  layer.momentum.assign(state.cell_count(), 0);
  for (std::size_t k = 0; k < state.cells.size(); ++k) {
    const std::uint64_t cell = state.cells[k];
    layer.mask[cell] = 1;
    layer.weights[cell] = state.weights[k];
    layer.momentum[cell] = state.momentum[k];
  }
  return layer;
}

LayerState to_state(const ReferenceLayer& layer) {
  LayerState state;
  state.inputs = layer.inputs;
  state.outputs = layer.outputs;
  state.kind = layer.kind;
  state.budget = layer.budget;
  state.biases = layer.biases;
  state.bias_momentum = layer.bias_momentum;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!layer.mask[cell]) continue;
    if (layer.kind == LayerKind::kSparse) state.cells.push_back(cell);
    state.weights.push_back(layer.weights[cell]);
    state.momentum.push_back(layer.momentum[cell]);
  }
  return state;
}

}  // namespace regrow::reference

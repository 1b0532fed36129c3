// From canonical order to a matrix and its mask, and back.
#include "reference/topology.h"

namespace regrow::reference {

namespace {

// [out][in], 0 where there is no connection, of one value per connection.
std::vector<double> spread(const std::vector<double>& values, const LayerState& state) {
  if (state.kind == LayerKind::kDense) return values;
  std::vector<double> matrix(state.cell_count(), 0);
  for (std::size_t k = 0; k < state.cells.size(); ++k) matrix[state.cells[k]] = values[k];
  return matrix;
}

// One value per connection, of a matrix.
std::vector<double> gathered(const std::vector<double>& matrix, const ReferenceLayer& layer) {
  std::vector<double> values;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (layer.mask[cell]) values.push_back(matrix[cell]);
  }
  return values;
}

}  // namespace

ReferenceLayer from_state(const LayerState& state) {
  ReferenceLayer layer;
  layer.inputs = state.inputs;
  layer.outputs = state.outputs;
  layer.kind = state.kind;
  layer.budget = state.budget;
  layer.biases = state.biases;
  layer.activation = state.activation;
  layer.activation_parameters = state.activation_parameters;
  layer.mask.assign(state.cell_count(), state.kind == LayerKind::kDense ? 1 : 0);
  for (const std::uint64_t cell : state.cells) layer.mask[cell] = 1;
  layer.weights.values = spread(state.weights.values, state);
  for (const std::vector<double>& slot : state.weights.slots) {
    layer.weights.slots.push_back(spread(slot, state));
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
  state.activation = layer.activation;
  state.activation_parameters = layer.activation_parameters;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (layer.mask[cell] && layer.kind == LayerKind::kSparse) state.cells.push_back(cell);
  }
  state.weights.values = gathered(layer.weights.values, layer);
  for (const std::vector<double>& slot : layer.weights.slots) {
    state.weights.slots.push_back(gathered(slot, layer));
  }
  return state;
}

}  // namespace regrow::reference

// Counts and invariants of a network as plain data.
#include "regrow/network_state.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

#include "regrow/error.h"

namespace regrow {
namespace {

void check_cells(const LayerState& layer, const std::string& name) {
  if (layer.kind == LayerKind::kDense) {
    REGROW_CHECK(layer.cells.empty(), name + " is dense and must not list its cells");
    REGROW_CHECK(layer.weights.size() == layer.cell_count(), name + " lacks weights");
    return;
  }
  REGROW_CHECK(layer.weights.size() == layer.cells.size(),
               name + " must have one weight per connection");
  REGROW_CHECK(std::adjacent_find(layer.cells.begin(), layer.cells.end(), std::greater_equal<>()) ==
                   layer.cells.end(),
               name + "'s cells must be sorted and unique");
  REGROW_CHECK(layer.cells.empty() || layer.cells.back() < layer.cell_count(),
               name + " has a cell outside its matrix");
}

void check_activation(const LayerState& layer, bool is_output, const std::string& name) {
  const std::size_t learned = is_output ? 0 : parameter_names(layer.activation).size();
  REGROW_CHECK(layer.activation_parameters.size() == learned,
               name + " must have what its activation learns, and no more");
  for (const Parameter& parameter : layer.activation_parameters) {
    REGROW_CHECK(parameter.size() == layer.outputs,
                 name + "'s activation must have its parameters per output");
  }
}

template <typename Pointer, typename Layer>
std::vector<Pointer> all_parameters(Layer& layer) {
  std::vector<Pointer> all = {&layer.weights, &layer.biases};
  for (auto& parameter : layer.activation_parameters) all.push_back(&parameter);
  return all;
}

}  // namespace

void make_hidden_layers_sparse(NetworkState& network) {
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    if (layer.kind == LayerKind::kSparse) continue;
    layer.kind = LayerKind::kSparse;
    layer.cells.resize(layer.cell_count());
    std::iota(layer.cells.begin(), layer.cells.end(), std::uint64_t{0});
  }
}

std::vector<Parameter*> parameters_of(LayerState& layer) {
  return all_parameters<Parameter*>(layer);
}

std::vector<const Parameter*> parameters_of(const LayerState& layer) {
  return all_parameters<const Parameter*>(layer);
}

std::uint64_t hidden_connections(const NetworkState& network) {
  std::uint64_t sum = 0;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    sum += network.layers[l].connections();
  }
  return sum;
}

void check_invariants(const NetworkState& network) {
  REGROW_CHECK(!network.layers.empty(), "a network needs an output layer");
  const std::size_t slots = network.layers.front().weights.slots.size();
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    const std::string name = "layer " + std::to_string(l);
    REGROW_CHECK(layer.inputs > 0 && layer.outputs > 0, name + " has no neurons");
    REGROW_CHECK(l == 0 || layer.inputs == network.layers[l - 1].outputs,
                 name + "'s inputs are not the outputs of the layer before");
    check_cells(layer, name);
    REGROW_CHECK(layer.biases.size() == layer.outputs, name + " must have a bias per output");
    check_activation(layer, l + 1 == network.layers.size(), name);
    for (const Parameter* parameter : parameters_of(layer)) {
      REGROW_CHECK(parameter->slots.size() == slots,
                   name + " must keep as much of each parameter as layer 0 of its weights");
      for (const std::vector<double>& slot : parameter->slots) {
        REGROW_CHECK(slot.size() == parameter->size(), name + " has a slot of another shape");
      }
    }
  }
  REGROW_CHECK(network.layers.back().kind == LayerKind::kDense, "the output layer must be dense");
}

}  // namespace regrow

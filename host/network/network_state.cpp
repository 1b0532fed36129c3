// Counts and invariants of a network as plain data.
#include "regrow/network_state.h"

#include <algorithm>
#include <functional>
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

}  // namespace

std::uint64_t hidden_connections(const NetworkState& network) {
  std::uint64_t sum = 0;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    sum += network.layers[l].connections();
  }
  return sum;
}

void check_invariants(const NetworkState& network) {
  REGROW_CHECK(!network.layers.empty(), "a network needs an output layer");
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    const std::string name = "layer " + std::to_string(l);
    REGROW_CHECK(layer.inputs > 0 && layer.outputs > 0, name + " has no neurons");
    REGROW_CHECK(l == 0 || layer.inputs == network.layers[l - 1].outputs,
                 name + "'s inputs are not the outputs of the layer before");
    check_cells(layer, name);
    REGROW_CHECK(layer.momentum.size() == layer.weights.size(),
                 name + "'s momentum must be shaped as its weights");
    REGROW_CHECK(layer.biases.size() == layer.outputs, name + " must have a bias per output");
    REGROW_CHECK(layer.bias_momentum.size() == layer.outputs,
                 name + " must have a bias momentum per output");
  }
  REGROW_CHECK(network.layers.back().kind == LayerKind::kDense, "the output layer must be dense");
}

}  // namespace regrow

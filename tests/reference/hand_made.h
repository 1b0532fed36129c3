// Layers drawn by hand: a mask as text, weights as a list.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "reference/topology.h"

namespace regrow::tests {

/// A sparse layer from rows of '#' (a connection of weight 1) and '.', one row per output neuron.
/// The slots are 0.
inline reference::ReferenceLayer layer_of(const std::vector<std::string>& rows,
                                          std::size_t slots = 1) {
  reference::ReferenceLayer layer;
  std::vector<double> weights;
  layer.kind = LayerKind::kSparse;
  layer.outputs = static_cast<std::uint32_t>(rows.size());
  layer.inputs = static_cast<std::uint32_t>(rows.front().size());
  for (const std::string& row : rows) {
    for (const char c : row) {
      layer.mask.push_back(c == '#' ? 1 : 0);
      weights.push_back(c == '#' ? 1 : 0);
    }
  }
  layer.weights = Parameter(std::move(weights), slots);
  layer.biases = Parameter(std::vector<double>(layer.outputs, 0), slots);
  return layer;
}

/// A sparse layer of one output neuron whose cells are all connections with these weights.
inline reference::ReferenceLayer layer_of_weights(const std::vector<double>& weights,
                                                  std::size_t slots = 1) {
  reference::ReferenceLayer layer = layer_of({std::string(weights.size(), '#')}, slots);
  layer.weights.values = weights;
  return layer;
}

/// One neuron, and what its activation has learned.
inline reference::ReferenceLayer neuron_with(ActivationKind kind,
                                             const std::vector<double>& learned = {}) {
  reference::ReferenceLayer layer = layer_of_weights({1});
  layer.activation = kind;
  for (const double value : learned) {
    layer.activation_parameters.emplace_back(std::vector<double>{value}, 1);
  }
  return layer;
}

/// The mask as rows of '#' and '.'.
inline std::vector<std::string> rows_of(const reference::ReferenceLayer& layer) {
  std::vector<std::string> rows(layer.outputs);
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    rows[cell / layer.inputs] += layer.mask[cell] ? '#' : '.';
  }
  return rows;
}

}  // namespace regrow::tests

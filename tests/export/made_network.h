// A small checkpoint whose every number is known, and networks of shapes alone.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "export/exported_network.h"

namespace regrow::tests {

/// 4 inputs, a sparse layer of 3 neurons, one of 2, and 2 outputs; the third input was constant.
///   W0 = [1 0 5 0; 0 0 0 0; 0 −2 0 4]   b0 = [0.5 1 −1]
///   W1 = [0.25 0 0; 0 0 −3]             b1 = [0 2]
///   W2 = [1 2; 3 4]                     b2 = [−0.5 0.5]
inline Checkpoint made_checkpoint(std::vector<ActivationKind> activations) {
  Checkpoint checkpoint;
  checkpoint.config = preset_config(PresetName::kPaper, DatasetName::kSynthetic);
  checkpoint.config.hidden = {3, 2};
  checkpoint.config.leaky_slope = 0.25;
  checkpoint.shape = {.channels = 1, .height = 2, .width = 2};
  checkpoint.data_name = "mine.csv";
  checkpoint.class_names = {"first", "second"};
  checkpoint.standardisation = {.mean = {10, 1, 3, 0.5},
                                .deviation = {2, 4, std::numeric_limits<double>::infinity(), 0.5}};
  const auto layer = [](std::uint32_t inputs, std::uint32_t outputs,
                        std::vector<std::uint64_t> cells, std::vector<double> weights,
                        std::vector<double> biases) {
    LayerState state;
    state.inputs = inputs;
    state.outputs = outputs;
    state.kind = cells.empty() ? LayerKind::kDense : LayerKind::kSparse;
    state.cells = std::move(cells);
    state.weights = Parameter(std::move(weights), std::size_t{0});
    state.biases = Parameter(std::move(biases), std::size_t{0});
    return state;
  };
  checkpoint.network.layers = {layer(4, 3, {0, 2, 9, 11}, {1, 5, -2, 4}, {0.5, 1, -1}),
                               layer(3, 2, {0, 5}, {0.25, -3}, {0, 2}),
                               layer(2, 2, {}, {1, 2, 3, 4}, {-0.5, 0.5})};
  for (std::size_t l = 0; l < activations.size(); ++l) {
    LayerState& state = checkpoint.network.layers[l];
    state.activation = activations[l];
    const std::size_t learned = parameter_names(activations[l]).size();
    for (std::size_t p = 0; p < learned; ++p) {
      std::vector<double> values;
      for (std::uint32_t o = 0; o < state.outputs; ++o) {
        values.push_back(static_cast<double>(p) - 0.5 * o);
      }
      state.activation_parameters.emplace_back(std::move(values), std::size_t{0});
    }
  }
  return checkpoint;
}

inline ExportedNetwork made_network(bool folds = true) {
  return exported_network(made_checkpoint({ActivationKind::kSRelu, ActivationKind::kAllRelu}),
                          folds);
}

/// Of one sparse layer, whose dense matrix is not made.
inline ExportedNetwork wide_network(std::uint32_t inputs, std::uint32_t outputs,
                                    std::vector<std::uint64_t> cells) {
  ExportedNetwork network;
  network.shape = {.channels = 1, .height = 1, .width = inputs};
  network.class_names.assign(outputs, "c");
  ExportedLayer& layer = network.layers.emplace_back();
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.kind = LayerKind::kSparse;
  layer.weights.assign(cells.size(), 0.5F);
  layer.cells = std::move(cells);
  layer.biases.assign(outputs, 0.25F);
  return network;
}

}  // namespace regrow::tests

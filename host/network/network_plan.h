// A network before it has values: what there is to be made, and how much memory that takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/initial_network.h"
#include "regrow/network_state.h"

namespace regrow {

struct LayerPlan {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  LayerKind kind = LayerKind::kDense;
  std::uint64_t connections = 0;                           // all cells where dense
  ActivationKind activation = ActivationKind::kLeakyRelu;  // of a hidden layer

  std::uint64_t cell_count() const { return std::uint64_t{inputs} * outputs; }
};

/// The layers of initial_network(), with its warnings. Throws as it does.
std::vector<LayerPlan> plan_network(const NetworkConfig& config, const NetworkStart& start,
                                    std::vector<std::string>* warnings = nullptr);
/// The layers of a network that has been made or read.
std::vector<LayerPlan> plan_of(const NetworkState& network);

/// All of a layer but its cells, values and slots.
LayerState without_values(const LayerState& layer);

/// What the arrays of the layer's LayerState take, with so many slots of each parameter.
std::uint64_t state_bytes(const LayerPlan& layer, std::size_t slots);

}  // namespace regrow

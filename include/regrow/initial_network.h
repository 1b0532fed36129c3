// The untrained network, and the settings that make it: section [network] of a configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/network_state.h"
#include "regrow/weight_init.h"

namespace regrow {

enum class SparseInit : std::uint8_t { kBernoulli, kExact };

struct NetworkConfig {
  std::vector<std::int64_t> hidden = {4000, 1000, 4000};
  // How many connections each hidden layer starts with. One of the three says it, the first of
  // connections, density, epsilon that is set; resolve() makes the others empty or 0.
  double epsilon = 20;                    // ε of Erdős–Rényi
  double density = 0;                     // share of a layer's cells; 0: not used
  std::vector<std::int64_t> connections;  // counts, one per hidden layer; empty: not used
  SparseInit sparse_init = SparseInit::kExact;
  WeightInit weight_init = WeightInit::kLecunSparse;
  // A checkpoint, or a run's folder, whose network a new run starts from. Empty: a random one.
  std::string init_from;
  // Of all hidden layers, or one for each.
  std::vector<ActivationKind> activation = {ActivationKind::kLeakyRelu};
  double leaky_slope = 0.3;  // of leaky_relu and all_relu
  double dropout = 0.3;

  bool operator==(const NetworkConfig&) const = default;
};

/// The activation of a hidden layer; without a meaning for others.
ActivationKind activation_of(const NetworkConfig& config, std::size_t hidden_layer);

/// What a network is made of besides its settings.
struct NetworkStart {
  std::uint64_t seed = 0;
  bool is_dense = false;  // every hidden layer has all connections, and no mask
  std::uint32_t features = 0;
  std::uint32_t classes = 0;
  std::size_t slots = 1;  // that the optimiser keeps of each parameter
  unsigned threads = 0;   // that make it, at most; 0: one a processor. Nothing depends on it
};

/// The untrained network: topology and weights, a function of the arguments alone. `warnings` takes
/// one line for every layer that ε makes full, or that has no connections. Throws UsageError where
/// an explicit count exceeds a layer's cells.
NetworkState initial_network(const NetworkConfig& config, const NetworkStart& start,
                             std::vector<std::string>* warnings = nullptr);

}  // namespace regrow

// Activations of small test networks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "regrow/network_state.h"
#include "regrow/philox.h"
#include "regrow/step/optimiser.h"

namespace regrow::tests {

inline constexpr std::array kAllActivations = {ActivationKind::kLeakyRelu, ActivationKind::kRelu,
                                               ActivationKind::kAllRelu, ActivationKind::kSRelu,
                                               ActivationKind::kGelu};
inline constexpr std::array kAllOptimisers = {OptimiserKind::kSgd, OptimiserKind::kNesterov,
                                              OptimiserKind::kAdam, OptimiserKind::kAdamW};

inline std::string name_of(ActivationKind kind) {
  static constexpr std::array kNames = {"leaky_relu", "relu", "all_relu", "srelu", "gelu"};
  return kNames.at(static_cast<std::size_t>(kind));
}
inline std::string name_of(OptimiserKind kind) {
  static constexpr std::array kNames = {"sgd", "nesterov", "adam", "adamw"};
  return kNames.at(static_cast<std::size_t>(kind));
}

/// Gives every hidden layer the activation. What it learns starts as floats, so that a usual
/// pre-activation may lie in any of srelu's three parts, with right thresholds of either sign; its
/// slots are 0, as many as the weights have.
inline void set_activation(ActivationKind kind, std::uint64_t seed, NetworkState& network) {
  // t_left, a_left, t_right, a_right: from, to
  static constexpr std::array<std::array<float, 2>, kSReluParameters> kRanges = {
      {{-0.6F, 0.1F}, {-0.2F, 0.8F}, {-1, 1}, {0.5F, 1.5F}}};
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    layer.activation = kind;
    layer.activation_parameters.clear();
    for (std::size_t p = 0; p < parameter_names(kind).size(); ++p) {
      std::vector<double> values;
      for (std::uint32_t o = 0; o < layer.outputs; ++o) {
        const PhiloxBlock block =
            random_block(seed, Purpose::kInitialActivation, static_cast<std::uint32_t>(l), 1, o);
        const auto& [from, to] = kRanges.at(p);
        values.push_back(from + (to - from) * uniform_from_bits(block[p]));
      }
      layer.activation_parameters.emplace_back(std::move(values), layer.weights.slots.size());
    }
  }
}

}  // namespace regrow::tests

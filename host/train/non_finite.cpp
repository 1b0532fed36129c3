#include "train/non_finite.h"

#include <fmt/format.h>

#include <cmath>

namespace regrow {

std::optional<std::string> describe_non_finite(std::span<const WeightCounts> layers) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l].non_finite == 0) continue;
    return fmt::format("layer {}: {} values are not finite", l, layers[l].non_finite);
  }
  return std::nullopt;
}

std::string describe_overflow(const NetworkState& network) {
  double largest = 0;  // absolute; biases and what activations learn count, too
  std::size_t layer = 0;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    for (const Parameter* parameter : parameters_of(network.layers[l])) {
      for (const double value : parameter->values) {
        if (std::abs(value) <= largest) continue;
        largest = std::abs(value);
        layer = l;
      }
    }
  }
  return fmt::format(
      "all weights are finite but overflow in the forward pass; the largest, {:.3g}, is in layer "
      "{}",
      largest, layer);
}

}  // namespace regrow

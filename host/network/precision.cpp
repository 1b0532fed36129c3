// A network in another precision.
#include <cmath>
#include <limits>

#include "regrow/network_state.h"

namespace regrow {
namespace {

/// As a normal float: back ends flush denormals, and would count one as no weight at all.
double rounded(double value) {
  constexpr double kLeast = std::numeric_limits<float>::min();
  if (value != 0 && std::abs(value) < kLeast) return std::copysign(kLeast, value);
  return static_cast<double>(static_cast<float>(value));
}

}  // namespace

void convert(NetworkState& network, Precision precision) {
  if (network.precision == Precision::kFloat64 && precision == Precision::kFloat32) {
    for (LayerState& layer : network.layers) {
      for (Parameter* parameter : parameters_of(layer)) {
        for (double& value : parameter->values) value = rounded(value);
        for (std::vector<double>& slot : parameter->slots) {
          for (double& value : slot) value = rounded(value);
        }
      }
    }
  }
  network.precision = precision;
}

}  // namespace regrow

// The distributions of initial and of grown weights, by the same arithmetic on every device.
#pragma once

#include <cmath>
#include <cstdint>

#include "regrow/philox.h"

namespace regrow {

enum class WeightInit : std::uint8_t { kGlorotDense, kLecunSparse, kHeSparse };

/// The distribution of initial (and, on request, of grown) weights: uniform in ±init_limit(...).
/// kGlorotDense: √(6/(inputs+outputs)) (Glorot & Bengio 2010, on the dense fans);
/// kLecunSparse: √(3/fan_in), variance 1/fan_in; kHeSparse: √(6/fan_in), variance 2/fan_in, on the
/// neuron's own number of connections.
/// In doubles, whose quotients and roots are rounded alike on every device.
REGROW_HD inline double init_limit(WeightInit init, std::uint32_t inputs, std::uint32_t outputs,
                                   std::uint64_t fan_in) {
  if (init == WeightInit::kGlorotDense) {
    return std::sqrt(6.0 / (static_cast<double>(inputs) + static_cast<double>(outputs)));
  }
  if (fan_in == 0) return 0;  // a neuron without connections: there is no weight to draw
  // A uniform distribution in ±a has the variance a²/3.
  const double variance_times_fan_in = init == WeightInit::kHeSparse ? 2.0 : 1.0;
  return std::sqrt(3.0 * variance_times_fan_in / static_cast<double>(fan_in));
}

/// The weight that `bits` draws from ±limit, rounded to float on every device.
REGROW_HD inline float init_weight(double limit, std::uint32_t bits) {
  // 2u − 1 is exact, contracted or not, so the product is rounded to double and then to float, on
  // every device alike.
  return static_cast<float>((2.0 * static_cast<double>(uniform_from_bits(bits)) - 1.0) * limit);
}

}  // namespace regrow

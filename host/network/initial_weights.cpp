// The law of initial weights: uniform around zero, its width by the layer's or the neuron's fans.
#include <cmath>

#include "regrow/evolution.h"
#include "regrow/philox.h"

namespace regrow {

double init_limit(WeightInit init, std::uint32_t inputs, std::uint32_t outputs,
                  std::uint64_t fan_in) {
  if (init == WeightInit::kGlorotDense) {
    return std::sqrt(6.0 / (static_cast<double>(inputs) + static_cast<double>(outputs)));
  }
  if (fan_in == 0) return 0;  // a neuron without connections: there is no weight to draw
  // A uniform law in ±a has the variance a²/3.
  const double variance_times_fan_in = init == WeightInit::kHeSparse ? 2.0 : 1.0;
  return std::sqrt(3.0 * variance_times_fan_in / static_cast<double>(fan_in));
}

float init_weight(double limit, std::uint32_t bits) {
  // 2u − 1 is exact, so the product is rounded to double and then to float, on every device alike.
  return static_cast<float>((2.0 * static_cast<double>(uniform_from_bits(bits)) - 1.0) * limit);
}

}  // namespace regrow

// Values at which rounding, flushing and signs could decide, in one list for the kernels of every
// back end.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace regrow::tests {

/// Signs of floats are told by their bits: of 13 weights 3 are negative, 4 positive, 2 zero and 4
/// not finite, and no flushing of denormals changes that.
inline std::vector<float> weights_of_every_sign() {
  constexpr float kTiny = std::numeric_limits<float>::denorm_min();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  return {1, -1, 0, -0.0F, kTiny, -kTiny, 2, kNan, -kNan, kInfinity, -kInfinity, 3, -2};
}

/// Pre-activations that LeakyReLU, dropout's scale and flushing make a zero of. Only a dropped
/// activation is stored as −0, so where they are kept they are +0. −1.2e-38 is a normal float whose
/// product with slope and scale is none.
inline std::vector<float> pre_activations_of_zero() {
  return {-0.0F, -std::numeric_limits<float>::denorm_min(), -1e-40F, -1.2e-38F, 0.0F};
}

/// The logits of one sample, its label, and the loss that it then has.
struct LogitCase {
  std::vector<float> logits;
  std::uint16_t label = 0;
  double loss = 0;
};

/// Huge ones, equal ones, and ones so far apart that the exponentials vanish.
inline std::vector<LogitCase> extreme_logits() {
  return {{{3e38F, -3e38F}, 0, 0},
          {{80, -80}, 1, 160},
          {{1e4F, 1e4F}, 1, std::log(2.0)},
          {{-1e30F, 0}, 1, 0},
          {{0, -20}, 0, std::log1p(std::exp(-20.0))}};
}

/// Float losses of extreme_logits() may be off by a rounding.
inline double loss_tolerance(const LogitCase& sample) { return 1e-8 + 1e-7 * sample.loss; }

}  // namespace regrow::tests

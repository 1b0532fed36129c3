#include "backend/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "regrow/error.h"

namespace regrow {

namespace {

// A gradient is a sum of a few thousand float products of mixed sign: its error stays well below
// 1e-4 (lc0 compares its back ends with the same number). About one step in ten of the paper's
// network (900,000 activations) has a kink. A loss has some float roundings of logits, exp and log.
constexpr Bounds kFloat32Bounds = {1e-4, 5e-2, 100, 1e-4, 1e-5, 100};
// An activation or gradient stored in bf16 is off by up to 2^-8 of itself, and what is computed
// from many of them by about as much. One activation in a hundred meets a kink, so each neuron of a
// batch of 100 has one: on a 768-400-100-400-10 network 95 of 100 gradients were off by at most 1 %
// of their layer's largest, the worst by 12 %; logits by 0.4 %, a mean loss by 6e-4.
constexpr Bounds kBfloat16Bounds = {5e-2, 2.5e-1, 20, 2e-2, 5e-3, 10};

}  // namespace

const Bounds& bounds_of(const Comparison& comparison) {
  return comparison.bfloat16 ? kBfloat16Bounds : kFloat32Bounds;
}

bool agree(double a, double b, double bound) {
  return !std::isfinite(a) || a == b || std::abs(a - b) <= bound;
}

double largest(std::span<const double> values) {
  double result = 0;
  for (const double value : values) {
    if (std::isfinite(value)) result = std::max(result, std::abs(value));
  }
  return result;
}

void fail(const Comparison& comparison, const std::string& what, double a, double b, double bound) {
  throw Error(fmt::format("check: {}: {}: {} has {:.9g}, {} has {:.9g}, more than {:.3g} apart",
                          comparison.place, what, comparison.a_name, a, comparison.b_name, b,
                          bound));
}

}  // namespace regrow

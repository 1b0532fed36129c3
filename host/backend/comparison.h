// What comparisons of two back ends have in common: who and where, the bounds that rounding alone
// explains, and the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace regrow {

/// Who is compared, and where in the run: the words of an error message.
struct Comparison {
  std::string a_name;
  std::string b_name;
  std::string place;      // "step 12", "evolution of epoch 3"
  bool bfloat16 = false;  // one of the two stores activations so
};

struct Bounds {
  // Of a gradient, against the largest of its layer.
  double relative;
  // Where a pre-activation lies within rounding of a kink (0, or a threshold of srelu), the
  // activation takes the other slope for one sample of one neuron, and the gradients of that
  // neuron's connections move by a share of a batch: one value in `kink_share` may differ by this
  // much of its layer's largest.
  double relative_at_kink;
  std::size_t kink_share;
  // Of a logit, against the largest.
  double logit;
  // Of one sample's loss, around 1.
  double loss_of_sample;
  // Hits of a training step, whose logits are not seen: near ties of the two largest logits, which
  // happen as often as rounding meets their gap.
  std::uint64_t hit_share;
};
const Bounds& bounds_of(const Comparison& comparison);

/// A float's rounding of the sum of two numbers, and two of slack: of their magnitude.
inline constexpr double kRounding = 0x1p-22;
/// Where terms near 1 cancel to nothing, a float sum keeps an error of 2^-24. That of a gradient,
/// and of a step of a usual learning rate of 0.01:
inline constexpr double kAbsoluteOfGradient = 1e-7;
inline constexpr double kAbsolute = 1e-9;

/// True also where `a` is not finite: where a run diverges, two precisions overflow at different
/// steps. That is no defect, and the trainer reports what is not finite in A.
bool agree(double a, double b, double bound);

/// The largest |value| of those that are finite; 0 of none.
double largest(std::span<const double> values);

/// Throws Error: place, `what`, both values and the bound.
[[noreturn]] void fail(const Comparison& comparison, const std::string& what, double a, double b,
                       double bound);

}  // namespace regrow

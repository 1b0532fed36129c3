// Comparing the losses, hits and logits of two back ends.
#pragma once

#include <cstddef>
#include <span>

#include "backend/comparison.h"
#include "regrow/backend.h"

namespace regrow {

/// Both throw Error naming the place and what either has, where the two differ by more than the
/// arithmetic may. What is not finite in `a` is let pass, for the trainer to report.

/// Loss and hits of one training step.
void compare_sums(const Comparison& comparison, const LossSums& a, const LossSums& b);

/// Loss, logits ([samples][classes]) and hits of one evaluation.
void compare_evaluations(const Comparison& comparison, const LossSums& a, const LossSums& b,
                         std::span<const float> a_logits, std::span<const float> b_logits,
                         std::size_t classes);

}  // namespace regrow

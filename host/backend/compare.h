// Comparing what two back ends computed, with the bounds that rounding alone explains.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "regrow/backend.h"
#include "regrow/network_state.h"

namespace regrow {

/// Who is compared, and where in the run: the words of an error message.
struct Comparison {
  std::string a_name;
  std::string b_name;
  std::string place;      // "step 12", "evolution of epoch 3"
  bool bfloat16 = false;  // one of the two stores activations so
};

/// All of these throw Error naming the place, the layer, the cell and both values where the two
/// differ by more than the arithmetic may. What is not finite in `a` is let pass, for the trainer
/// to report.

/// After one training step from equal networks.
void compare_trained(const Comparison& comparison, const NetworkState& a, const NetworkState& b);

/// After an evolution of equal networks: everything is exactly equal but the precision.
void compare_evolved(const Comparison& comparison, const NetworkState& a, const NetworkState& b);

/// Loss and hits of one training step.
void compare_sums(const Comparison& comparison, const LossSums& a, const LossSums& b);

/// Loss, logits ([samples][classes]) and hits of one evaluation.
void compare_evaluations(const Comparison& comparison, const LossSums& a, const LossSums& b,
                         std::span<const float> a_logits, std::span<const float> b_logits,
                         std::size_t classes);

}  // namespace regrow

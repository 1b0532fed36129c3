// Comparing the networks of two back ends, with the bounds that rounding alone explains.
#pragma once

#include "backend/compare_steps.h"
#include "backend/comparison.h"
#include "regrow/network_state.h"

namespace regrow {

/// Both throw Error naming the place, the layer, the cell and both values where the two differ by
/// more than the arithmetic may. What is not finite in `a` is let pass, for the trainer to report.

/// After one training step from `before`, which both had.
void compare_trained(const Comparison& comparison, const TrainedStep& step,
                     const NetworkState& before, const NetworkState& a, const NetworkState& b);

/// After an evolution of equal networks: everything is exactly equal but the precision.
void compare_evolved(const Comparison& comparison, const NetworkState& a, const NetworkState& b);

}  // namespace regrow

// Comparing the networks of two back ends, with the bounds that rounding alone explains.
#pragma once

#include "backend/compare_steps.h"
#include "backend/comparison.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"
#include "regrow/network_state.h"

namespace regrow {

/// All throw Error naming the place, the layer, the cell and both values where the two differ by
/// more than the arithmetic may. What is not finite in `a` is let pass, for the trainer to report.

/// After one training step from `before`, which both had.
void compare_trained(const Comparison& comparison, const TrainedStep& step,
                     const NetworkState& before, const NetworkState& a, const NetworkState& b);

/// After an evolution of equal networks: everything is exactly equal but the precision.
void compare_evolved(const Comparison& comparison, const NetworkState& a, const NetworkState& b);

/// A network and what its evolution reported, with the lists of cells.
struct EvolvedNetwork {
  NetworkState network;
  std::vector<EvolutionReport> reports;  // [layers]
};

/// The same after growth by gradient: but for the connections that grew in one of the two alone and
/// for what depends on them, which is a fresh weight where it has their output, by its fan-in.
/// Those which are reported must be there.
void compare_scored_networks(const Comparison& comparison, const NewbornValues& newborn,
                             EvolvedNetwork a, EvolvedNetwork b);

}  // namespace regrow

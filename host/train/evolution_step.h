// One evolution of a network on its back end: measure, plan, evolve, record.
#pragma once

#include <optional>
#include <vector>

#include "evolution/planner.h"
#include "regrow/backend.h"
#include "regrow/evolution/evolution_record.h"
#include "regrow/topology.h"

namespace regrow {

struct EvolutionOutcome {
  EvolutionRecord record;
  std::optional<LossSums> replaced_step;  // sums of the step whose place it took
};

/// Evolves the network that `backend` holds, or pauses, as `planner` decides by `history`; `state`
/// goes on by one evolution. `explored`, if any, takes the cells that have grown: one bitmap per
/// layer, as nothing_explored() makes them.
EvolutionOutcome evolve(Backend& backend, const EvolutionPlanner& planner,
                        const EvolutionPoint& point, const History& history, EvolutionState& state,
                        std::vector<CellBitmap>* explored = nullptr);

}  // namespace regrow

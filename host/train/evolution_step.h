// One evolution of a network on its back end: measure, plan, evolve, record.
#pragma once

#include <vector>

#include "evolution/planner.h"
#include "regrow/backend.h"
#include "regrow/evolution/evolution_record.h"
#include "regrow/topology.h"

namespace regrow {

/// Evolves the network that `backend` holds, or pauses, as `planner` decides by `history`; `state`
/// goes on by one evolution. `explored`, if any, takes the cells that have grown: one bitmap per
/// layer, as nothing_explored() makes them.
EvolutionRecord evolve(Backend& backend, const EvolutionPlanner& planner,
                       const EvolutionPoint& point, const History& history, EvolutionState& state,
                       std::vector<CellBitmap>* explored = nullptr);

}  // namespace regrow

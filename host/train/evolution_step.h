// One evolution of a network on its back end: measure, plan, evolve, record.
#pragma once

#include "evolution/planner.h"
#include "regrow/backend.h"
#include "regrow/evolution/evolution_record.h"

namespace regrow {

/// Evolves the network that `backend` holds, or pauses, as `planner` decides by `history`; `state`
/// goes on by one evolution.
EvolutionRecord evolve(Backend& backend, const EvolutionPlanner& planner,
                       const EvolutionPoint& point, const History& history, EvolutionState& state);

}  // namespace regrow

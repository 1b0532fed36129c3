// What a run's evolutions are planned with.
#pragma once

#include <cstdint>

#include "evolution/planner.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/network_state.h"

namespace regrow {

/// config: resolved; network: as it is at any time of the run.
PlannerSettings planner_settings(const Config& config, const Dataset& dataset,
                                 const NetworkState& network, std::uint32_t steps_per_epoch);

}  // namespace regrow

// DynSET's pause: no evolution while a measure is worse than some epochs before (Algorithm 2 of the
// thesis).
#pragma once

#include "regrow/evolution/evolution_config.h"
#include "regrow/evolution/history.h"

namespace regrow {

/// True where the measure that `config` pauses on is worse in `history.last` than pause_gap epochs
/// before and there are at least pause_min_history epochs. Throws std::logic_error for `auto`.
bool pauses(const EvolutionConfig& config, const History& history);

}  // namespace regrow

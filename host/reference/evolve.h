// One layer's evolution: its drop, then its growth.
#pragma once

#include <cstdint>

#include "reference/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::reference {

/// As plan.layers[layer_index] says; a dense layer stays as it is.
EvolutionReport evolve(const EvolutionPlan& plan, std::uint32_t layer_index, ReferenceLayer& layer);

}  // namespace regrow::reference

// One layer's evolution: its drop, then its growth.
#pragma once

#include <cstdint>

#include "reference/score.h"
#include "reference/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::reference {

/// As plan.layers[layer_index] says; a dense layer stays as it is. `batch`: what growth by gradient
/// needs, else none.
EvolutionReport evolve(const EvolutionPlan& plan, std::uint32_t layer_index,
                       const LayerBatch* batch, ReferenceLayer& layer);

}  // namespace regrow::reference

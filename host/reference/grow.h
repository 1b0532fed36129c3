// Growing: eligible cells are taken by the rule's table, or by their gradients
// (regrow/evolution/plan.h, "Growth, step by step").
#pragma once

#include <cstdint>

#include "reference/score.h"
#include "reference/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::reference {

struct Growth {
  GrowReport report;
  CellList cells;  // ascending
};

/// Grows plan.layers[layer_index].grow connections; `dropped`: the cells of the drop just before,
/// ascending; `batch`: what growth by gradient needs, else none. Afterwards the slots of inactive
/// cells are 0, and those of grown ones, save as the plan's keep_slots_of_regrown says. A dense
/// layer grows nothing.
Growth grow(const EvolutionPlan& plan, std::uint32_t layer_index, const CellList& dropped,
            ReferenceLayer& layer, const LayerBatch* batch = nullptr);

}  // namespace regrow::reference

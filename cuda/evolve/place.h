// Placing grown connections among the kept ones, with the values that they start with.
#pragma once

#include "common/runtime.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"

namespace regrow::cuda {

/// kept and grown, in canonical order. dropped: cells and slots of what has just dropped, and its
/// weights where plan.newborn keeps them, all of which grown cells may take up again.
Connections place(const Connections& kept, const Connections& dropped, const Cells& grown,
                  const EvolutionPlan& plan, const LayerShape& shape, const Stream& stream);

}  // namespace regrow::cuda

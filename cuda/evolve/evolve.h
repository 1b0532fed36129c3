// The evolution of one layer: what drops, what grows, and the connections that come of it.
#pragma once

#include "common/runtime.h"
#include "evolve/candidates.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cuda {

struct EvolvedConnections {
  Connections connections;  // in canonical order
  EvolutionReport report;
};

/// Executes plan.layers[shape.index] on `before`, which is used up. Waits for the stream. Throws
/// std::logic_error where there is less to drop or to grow, or a protected cell is no connection.
EvolvedConnections evolve(Connections before, const EvolutionPlan& plan, const LayerShape& shape,
                          MaskBudget budget, const Stream& stream);

}  // namespace regrow::cuda

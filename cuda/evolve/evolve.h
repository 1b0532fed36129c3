// The evolution of one layer: what drops, what grows, and the connections that come of it.
#pragma once

#include "common/runtime.h"
#include "evolve/candidates.h"
#include "evolve/layer_batch.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cuda {

struct EvolvedConnections {
  Connections connections;  // in canonical order
  EvolutionReport report;
};

/// Executes plan.layers[shape.index] on `before`, which is used up. scored: what a plan that grows
/// by gradient needs. Waits for the stream. Throws std::logic_error where there is less to drop or
/// to grow, a protected cell is no connection, or `scored` is missing.
EvolvedConnections evolve(Connections before, const EvolutionPlan& plan, const LayerShape& shape,
                          MaskBudget budget, const Stream& stream,
                          const ScoredBatch* scored = nullptr);

}  // namespace regrow::cuda

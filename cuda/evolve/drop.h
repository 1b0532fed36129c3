// Dropping the connections closest to zero, exactly as regrow/evolution/plan.h says.
#pragma once

#include "common/runtime.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cuda {

struct DropOutcome {
  Connections kept;
  Connections dropped;  // in canonical order; without weights unless they are kept
  DropReport report;
};

/// keep_weights: of what drops, too. Waits for the stream, once. Throws std::logic_error where
/// there is less to drop, or a protected cell is no connection.
DropOutcome drop(const Connections& connections, DropGroups groups, const LayerDrop& counts,
                 const CellSet& protected_cells, const Stream& stream, bool keep_weights = false);

}  // namespace regrow::cuda

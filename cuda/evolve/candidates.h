// The cells that grow in a layer: the host chooses among classes by their sizes, the device finds
// the cells.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cuda {

/// How neighbours are counted: over a bit mask of the layer while that takes at most so many bytes,
/// otherwise from the sorted active cells.
struct MaskBudget {
  std::size_t bytes = 0;
};

struct GrowingCells {
  Cells cells;  // ascending
  GrowReport report;
};

/// The growth of plan.layers[shape.index]. active: the connections after the drop; taken: the cells
/// that are not eligible, of which they are a part. Throws std::logic_error where fewer are
/// eligible than must grow.
GrowingCells choose_growing_cells(const CellSet& active, const CellSet& taken,
                                  const EvolutionPlan& plan, const LayerShape& shape,
                                  MaskBudget budget, const Stream& stream);

}  // namespace regrow::cuda

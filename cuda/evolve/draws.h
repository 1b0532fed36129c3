// Candidates that are drawn by the strengths of their neurons.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"

namespace regrow::cuda {

/// The distinct cells that plan.layers[shape.index].candidates draws, but for those that are taken,
/// ascending. Waits for the stream.
Cells drawn_cells(const EvolutionPlan& plan, const LayerShape& shape, const CellSet& taken,
                  const Stream& stream);

/// At most, while they are drawn.
std::uint64_t drawing_bytes(const LayerShape& shape, std::uint64_t draws);

}  // namespace regrow::cuda

// The cells of a layer that grow by their gradients.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"
#include "evolve/candidates.h"
#include "evolve/cells.h"
#include "evolve/layer_batch.h"
#include "evolve/topology.h"
#include "regrow/evolution/plan.h"

namespace regrow::cuda {

/// The growth of plan.layers[shape.index] by the gradients that `scored` holds. taken: the cells
/// that are not eligible. Waits for the stream. Throws std::logic_error where fewer are eligible
/// than must grow.
GrowingCells choose_by_gradient(const CellSet& taken, const EvolutionPlan& plan,
                                const LayerShape& shape, const ScoredBatch& scored,
                                const Stream& stream);

/// What that takes at most, beside the connections, where at most so many cells grow, are drawn and
/// are scored at once.
std::uint64_t growth_by_gradient_bytes(const LayerShape& shape, std::uint64_t grown,
                                       std::uint64_t drawn, std::size_t at_once = kScoredAtOnce);

}  // namespace regrow::cuda

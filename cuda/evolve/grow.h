// Growing connections, exactly as regrow/evolution.h says ("Growth, step by step").
#pragma once

#include <cstddef>

#include "common/runtime.h"
#include "evolve/connections.h"
#include "regrow/evolution.h"

namespace regrow::cuda {

struct GrowOutcome {
  Connections connections;  // kept and grown, in canonical order
  GrowReport report;
};

/// Grows plan.counts[shape.index] connections. Neighbours are counted over a bit mask of the layer
/// while that takes at most `mask_budget_bytes`, otherwise from the sorted active cells.
GrowOutcome grow(const Connections& kept, const Connections& dropped, const GrowPlan& plan,
                 const LayerShape& shape, std::size_t mask_budget_bytes, const Stream& stream);

}  // namespace regrow::cuda

// Growing: inactive cells are enumerated one by one and taken by the rule's table
// (regrow/evolution.h, "Growth, step by step").
#pragma once

#include <cstdint>

#include "reference/reference_layer.h"
#include "regrow/evolution.h"

namespace regrow::reference {

/// The active cells among the neighbours of `cell`, at most 8; neither the mask nor an image wraps
/// at its edges.
unsigned active_neighbours(const ReferenceLayer& layer, std::uint64_t cell,
                           const NeighbourSpace& space);

/// Grows plan.counts[layer_index] connections. Afterwards no inactive cell has momentum, and no
/// grown one either, save as plan.keep_momentum_of_regrown says. A dense layer grows nothing.
GrowReport grow(const GrowPlan& plan, std::uint32_t layer_index, ReferenceLayer& layer);

}  // namespace regrow::reference

// The active cells around a cell, looked at one by one.
#pragma once

#include <cstdint>

#include "reference/topology.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow::reference {

/// The active cells among the neighbours of `cell`, at most 8; neither the mask nor an image wraps
/// at its edges. Throws std::logic_error where the layer does not read the image.
unsigned active_neighbours(const ReferenceLayer& layer, std::uint64_t cell,
                           const NeighbourSpace& space);

}  // namespace regrow::reference

// The host's choices among sets of cells by rank, on the device.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "evolution/class_walk.h"
#include "evolve/cells.h"
#include "regrow/bijection.h"

namespace regrow::cuda {

/// The images of first, first + 1, … first + count − 1, sorted.
Cells images(const Bijection& bijection, std::uint64_t first, std::uint64_t count,
             const Stream& stream);

/// The ranks that are chosen, ascending.
Cells ranks_of(const RankChoice& choice, const Stream& stream);

/// `grown` and the cells that `fill` chooses among those that neither they nor `taken` have.
Cells filled_up(Cells grown, const CellSet& taken, const RankChoice& fill, const Stream& stream);

}  // namespace regrow::cuda

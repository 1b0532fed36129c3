// Lists of a layer's cells, ascending, and what several threads do with them.
#pragma once

#include <cstdint>
#include <span>

#include "system/large_vector.h"
#include "system/workers.h"

namespace regrow::cpu {

using Cells = LargeVector<std::uint64_t>;         // sorted
using CellSpan = std::span<const std::uint64_t>;  // sorted

/// Both lists, which have no cell in common.
Cells merged(CellSpan a, CellSpan b, Workers& workers);

/// How many of the first `count` cells of merged(a, b) are from `a`: where a merge can be cut.
std::size_t count_of_first(CellSpan a, CellSpan b, std::size_t count);

/// The cells at `ranks` (sorted) among those not in `excluded`.
Cells cells_outside(CellSpan excluded, Cells ranks, Workers& workers);

/// Where the cells from `row` on begin, in a matrix with so many columns.
std::size_t first_of_row(CellSpan cells, std::uint64_t row, std::uint64_t columns);

}  // namespace regrow::cpu

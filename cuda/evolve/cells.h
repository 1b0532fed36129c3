// Sets of cells as sorted arrays on the device: their union, and the cells outside by rank.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"

namespace regrow::cuda {

using Cells = DeviceArray<std::uint64_t>;

/// 0, 1, … count − 1.
Cells counted_up(std::size_t count, const Stream& stream);

/// The union of two disjoint sorted sets, sorted.
Cells merge_cells(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b,
                  std::size_t b_count, const Stream& stream);

/// The cells at `ranks` (ascending) among those that are not in `excluded` (sorted; [count]).
Cells cells_outside(const std::uint64_t* excluded, std::size_t count, const Cells& ranks,
                    const Stream& stream);

}  // namespace regrow::cuda

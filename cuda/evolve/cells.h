// Sets of cells as sorted arrays on the device: their union, and the cells outside by rank.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"

namespace regrow::cuda {

using Cells = DeviceArray<std::uint64_t>;

/// A sorted set of cells on the device, which somebody else holds; plain data, for kernels, too.
struct CellSet {
  const std::uint64_t* cells = nullptr;  // [count]
  std::size_t count = 0;
};
inline CellSet set_of(const Cells& cells) { return {cells.data(), cells.size()}; }

/// 0, 1, … count − 1.
Cells counted_up(std::size_t count, const Stream& stream);

/// The union of two disjoint sets, sorted.
Cells merge_cells(const CellSet& a, const CellSet& b, const Stream& stream);

/// offsets[r]: how many cells lie before row r of a layer of so many inputs; of at most 2^32 − 1.
/// offsets: [entries], on the device.
void row_offsets(const CellSet& cells, std::uint32_t inputs, std::size_t entries,
                 std::uint32_t* offsets, const Stream& stream);

/// The cells at `ranks` (ascending) among those that are not in `excluded`.
Cells cells_outside(const CellSet& excluded, const Cells& ranks, const Stream& stream);

}  // namespace regrow::cuda

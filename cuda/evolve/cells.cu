// Sorted sets of cells: every cell finds its own place by binary search, so nothing waits for
// another.
#include "evolve/cells.h"
#include "evolve/per_element.h"

namespace regrow::cuda {
namespace {

__global__ void counted_up_kernel(std::size_t count, std::uint64_t* values) {
  const std::size_t i = element_index();
  if (i < count) values[i] = i;
}

// One of the two sets finds its places: as many before a cell as there are in both sets.
__global__ void merge_cells_kernel(CellSet set, CellSet others, std::uint64_t* merged) {
  const std::size_t i = element_index();
  if (i >= set.count) return;
  merged[i + cells_below(others, set.cells[i])] = set.cells[i];
}

__global__ void row_offsets_kernel(CellSet cells, std::uint32_t inputs, std::size_t entries,
                                   std::uint32_t* offsets) {
  const std::size_t row = element_index();
  if (row >= entries) return;
  offsets[row] = static_cast<std::uint32_t>(cells_below(cells, std::uint64_t{row} * inputs));
}

// The cell of rank r is r + j, j the number of excluded cells e_i with e_i − i ≤ r: e_i − i cells
// that are not excluded lie below e_i.
__global__ void cells_outside_kernel(CellSet excluded, const std::uint64_t* ranks,
                                     std::size_t count, std::uint64_t* cells) {
  const std::size_t i = element_index();
  if (i >= count) return;
  const std::uint64_t rank = ranks[i];
  cells[i] = rank + first_where(excluded.count,
                                [=](std::size_t j) { return excluded.cells[j] - j > rank; });
}

}  // namespace

Cells counted_up(std::size_t count, const Stream& stream) {
  Cells values(count, "ranks of cells", stream);
  launch_per_element(count, stream, counted_up_kernel, count, values.data());
  return values;
}

Cells merge_cells(const CellSet& a, const CellSet& b, const Stream& stream) {
  Cells merged(a.count + b.count, "merged cells", stream);
  launch_per_element(a.count, stream, merge_cells_kernel, a, b, merged.data());
  launch_per_element(b.count, stream, merge_cells_kernel, b, a, merged.data());
  return merged;
}

void row_offsets(const CellSet& cells, std::uint32_t inputs, std::size_t entries,
                 std::uint32_t* offsets, const Stream& stream) {
  launch_per_element(entries, stream, row_offsets_kernel, cells, inputs, entries, offsets);
}

Cells cells_outside(const CellSet& excluded, const Cells& ranks, const Stream& stream) {
  Cells cells(ranks.size(), "cells to grow", stream);
  launch_per_element(ranks.size(), stream, cells_outside_kernel, excluded, ranks.data(),
                     ranks.size(), cells.data());
  return cells;
}

}  // namespace regrow::cuda

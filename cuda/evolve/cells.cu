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
__global__ void merge_cells_kernel(const std::uint64_t* cells, std::size_t count,
                                   const std::uint64_t* others, std::size_t other_count,
                                   std::uint64_t* merged) {
  const std::size_t i = element_index();
  if (i >= count) return;
  merged[i + count_below(others, other_count, cells[i])] = cells[i];
}

// The cell of rank r is r + j, j the number of excluded cells e_i with e_i − i ≤ r: e_i − i cells
// that are not excluded lie below e_i.
__global__ void cells_outside_kernel(const std::uint64_t* excluded, std::size_t excluded_count,
                                     const std::uint64_t* ranks, std::size_t count,
                                     std::uint64_t* cells) {
  const std::size_t i = element_index();
  if (i >= count) return;
  const std::uint64_t rank = ranks[i];
  cells[i] =
      rank + first_where(excluded_count, [=](std::size_t j) { return excluded[j] - j > rank; });
}

}  // namespace

Cells counted_up(std::size_t count, const Stream& stream) {
  Cells values(count, "ranks of cells", stream);
  launch_per_element(count, stream, counted_up_kernel, count, values.data());
  return values;
}

Cells merge_cells(const std::uint64_t* a, std::size_t a_count, const std::uint64_t* b,
                  std::size_t b_count, const Stream& stream) {
  Cells merged(a_count + b_count, "merged cells", stream);
  launch_per_element(a_count, stream, merge_cells_kernel, a, a_count, b, b_count, merged.data());
  launch_per_element(b_count, stream, merge_cells_kernel, b, b_count, a, a_count, merged.data());
  return merged;
}

Cells cells_outside(const std::uint64_t* excluded, std::size_t count, const Cells& ranks,
                    const Stream& stream) {
  Cells cells(ranks.size(), "cells to grow", stream);
  launch_per_element(ranks.size(), stream, cells_outside_kernel, excluded, count, ranks.data(),
                     ranks.size(), cells.data());
  return cells;
}

}  // namespace regrow::cuda

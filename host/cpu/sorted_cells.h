// Lists of a layer's cells, ascending, and what several threads do with them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
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

/// Both lists from the cell on that is merged(a, b)[first]. Cells of the two alternate at random:
/// there is nothing to branch on.
class MergedCells {
 public:
  MergedCells(CellSpan a, CellSpan b, std::size_t first)
      : a_(a), b_(b), at_a_(count_of_first(a, b, first)), at_b_(first - at_a_) {}

  struct Cell {
    std::uint64_t cell;
    std::size_t is_of_b;  // 0 or 1
    std::size_t index;    // in its list
  };
  /// The next one, which is there.
  Cell next() {
    const std::uint64_t of_a = at_a_ < a_.size() ? a_[at_a_] : kNoCell;
    const std::uint64_t of_b = at_b_ < b_.size() ? b_[at_b_] : kNoCell;
    const std::size_t is_of_b = of_b < of_a ? 1 : 0;
    // Either index by a mask: a compiler makes a branch of a choice.
    const Cell next = {std::min(of_a, of_b), is_of_b, at_a_ ^ ((at_a_ ^ at_b_) & (0 - is_of_b))};
    at_a_ += 1 - is_of_b;
    at_b_ += is_of_b;
    return next;
  }
  /// The cell before the next one; 0 where that is the first.
  std::uint64_t last_before() const {
    const std::uint64_t of_a = at_a_ > 0 ? a_[at_a_ - 1] : 0;
    const std::uint64_t of_b = at_b_ > 0 ? b_[at_b_ - 1] : 0;
    return std::max(of_a, of_b);
  }

 private:
  static constexpr std::uint64_t kNoCell = std::numeric_limits<std::uint64_t>::max();

  CellSpan a_, b_;
  std::size_t at_a_, at_b_;
};

/// The cells at `ranks` (sorted) among those not in `excluded`.
Cells cells_outside(CellSpan excluded, Cells ranks, Workers& workers);

/// Where the cells from `row` on begin, in a matrix with so many columns.
std::size_t first_of_row(CellSpan cells, std::uint64_t row, std::uint64_t columns);

}  // namespace regrow::cpu

// The cells of the largest scores, exactly, of equal ones the lowest. A score is the bits of |g| as
// an unsigned number, which order as the values do.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "cpu/candidates.h"

namespace regrow::cpu {

struct ScoredCell {
  std::uint64_t cell;
  std::uint32_t score;
};

/// What several of BestCells know together: nothing below it is among the best of all.
using SharedBar = std::atomic<std::uint32_t>;

/// The best of a stream of cells, in O(count + room) memory: whenever the room is used up, what is
/// not among the best `count` so far goes.
class BestCells {
 public:
  /// Between two calls of make_room() at most `room` cells are added.
  BestCells(std::size_t count, std::size_t room, SharedBar& shared);
  /// What one takes in memory.
  static std::uint64_t bytes_of(std::uint64_t count, std::uint64_t room);

  void make_room();
  /// No score below it needs to be added.
  std::uint32_t bar() const { return std::max(bar_, shared_->load(std::memory_order_relaxed)); }
  void add(std::uint64_t cell, std::uint32_t score) {
    if (score == bar_ && cell > last_at_bar_) return;
    cells_.push_back({cell, score});
  }
  std::span<const ScoredCell> cells() const { return cells_; }

 private:
  std::size_t count_;
  std::size_t room_;
  SharedBar* shared_;
  std::vector<ScoredCell> cells_;
  std::uint32_t bar_ = 0;
  // The cell up to which a score at the bar counts.
  std::uint64_t last_at_bar_ = std::numeric_limits<std::uint64_t>::max();
};

/// The best `count` of all parts together, or all where there are no more; ascending. All cells are
/// below `cell_count`.
Cells best_of(std::span<const BestCells> parts, std::uint64_t count, std::uint64_t cell_count);

/// The best `count` of `cells` (ascending) whose gradients these are, or all where there are no
/// more; but none whose gradient is NaN.
Cells best_of(Cells cells, std::span<const float> gradients, std::uint64_t count);

}  // namespace regrow::cpu

// The cells of the largest scores, exactly, of equal ones the lowest. A score is the bits of |g| as
// an unsigned number, which order as the values do.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "cpu/sorted_cells.h"

namespace regrow::cpu {

struct ScoredCell {
  std::uint64_t cell;
  std::uint32_t score;
};

/// What several searches know together: of how many cells the score is about so large. A score
/// below bar() is not among the best `count` of all.
class SharedScores {
 public:
  /// `count` is above 0.
  explicit SharedScores(std::uint64_t count);

  std::uint64_t count() const { return count_; }
  std::uint32_t bar() const { return bar_.load(std::memory_order_relaxed); }

  static constexpr std::uint32_t kBuckets = std::uint32_t{1} << 14;
  /// Eight bits of exponent and six of the fraction tell one bucket from the next.
  static std::uint32_t bucket_of(std::uint32_t score) { return score >> kShift; }
  /// Takes the counts of cells that are new, and sets them to 0.
  void add(std::span<std::uint32_t> counts);

 private:
  static constexpr int kShift = 17;

  std::uint64_t count_;
  std::vector<std::atomic<std::uint64_t>> sizes_;  // [kBuckets]
  std::atomic<std::uint32_t> bar_ = 0;
};

/// The best of a stream of cells, in O(count + room) memory: whenever the room is used up, what is
/// not among the best `count` so far goes. On cache lines of its own, as each thread has one.
class alignas(64) BestCells {
 public:
  /// Between two calls of make_room() at most `room` cells are added.
  BestCells(SharedScores& shared, std::size_t room);
  /// What one takes in memory.
  static std::uint64_t bytes_of(std::uint64_t count, std::uint64_t room);

  void make_room();
  /// Tells the others of what has been added.
  void share() { shared_->add(news_); }
  /// No score below it needs to be added.
  std::uint32_t bar() const { return std::max(bar_, shared_->bar()); }
  void add(std::uint64_t cell, std::uint32_t score) {
    if (score == bar_ && cell > last_at_bar_) return;
    cells_.push_back({cell, score});
    ++news_[SharedScores::bucket_of(score)];
  }
  std::span<const ScoredCell> cells() const { return cells_; }

 private:
  void prune();

  SharedScores* shared_;
  std::size_t room_;
  std::vector<ScoredCell> cells_;
  std::vector<std::uint32_t> news_;  // [kBuckets]: of the cells that the others do not know of
  // Its own: where more are equal than buckets can tell apart.
  std::uint32_t bar_ = 0;
  // The cell up to which a score at the bar counts.
  std::uint64_t last_at_bar_ = std::numeric_limits<std::uint64_t>::max();
};

/// The best `count` of all parts together, or all where there are no more; ascending. All cells are
/// below `cell_count`.
Cells best_of(std::span<const BestCells> parts, std::uint64_t count, std::uint64_t cell_count,
              Workers& workers);

/// The best `count` of `cells` (ascending) whose gradients these are, or all where there are no
/// more; but none whose gradient is NaN.
Cells best_of(CellSpan cells, std::span<const float> gradients, std::uint64_t count);

}  // namespace regrow::cpu

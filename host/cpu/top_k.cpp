#include "cpu/top_k.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cpu/magnitudes.h"
#include "random/sorted_images.h"

namespace regrow::cpu {
namespace {

// Where the largest scores end: all above `score` are among them, and `ties` of those equal to it.
struct ScoreCut {
  std::uint32_t score = 0;
  std::uint64_t ties = 0;
};

// A score by its digits, the highest first. 2^11 counters stay in the first cache.
struct ScoreDigit {
  std::uint32_t shift;
  std::uint32_t width;
};
constexpr std::array<ScoreDigit, 3> kScoreDigits = {{{20, 11}, {9, 11}, {0, 9}}};

// The cut above which, ties included, there are `count`, of at least as many scores.
// for_each(body): calls body(score) of each.
template <typename ForEach>
ScoreCut cut_of_largest(std::uint64_t count, const ForEach& for_each) {
  ScoreCut cut = {0, count};
  for (const ScoreDigit& digit : kScoreDigits) {
    const std::uint32_t last = (std::uint32_t{1} << digit.width) - 1;
    std::array<std::uint64_t, 2048> sizes{};
    for_each([&](std::uint32_t score) {
      // Only what agrees with the digits that are known.
      if ((score ^ cut.score) >> (digit.shift + digit.width) != 0) return;
      ++sizes[score >> digit.shift & last];
    });
    std::uint32_t value = last;
    while (value > 0 && sizes[value] < cut.ties) cut.ties -= sizes[value--];
    cut.score |= value << digit.shift;
  }
  return cut;
}

bool is_better(const ScoredCell& a, const ScoredCell& b) {
  return a.score != b.score ? a.score > b.score : a.cell < b.cell;
}

}  // namespace

SharedScores::SharedScores(std::uint64_t count) : count_(count), sizes_(kBuckets) {}

void SharedScores::add(std::span<std::uint32_t> counts) {
  std::uint64_t above = 0;
  std::uint32_t bar = 0;
  for (std::uint32_t bucket = kBuckets; bucket-- > 0 && above < count_;) {
    const std::uint32_t news = std::exchange(counts[bucket], 0);
    above += news + (news > 0 ? sizes_[bucket].fetch_add(news, std::memory_order_relaxed)
                              : sizes_[bucket].load(std::memory_order_relaxed));
    bar = bucket << kShift;
  }
  // Where there are fewer than `count` it is 0. What is below it is of no account from now on.
  std::uint32_t known = bar_.load(std::memory_order_relaxed);
  while (known < bar && !bar_.compare_exchange_weak(known, bar, std::memory_order_relaxed)) {
  }
}

BestCells::BestCells(SharedScores& shared, std::size_t room)
    : shared_(&shared), room_(room), news_(SharedScores::kBuckets) {
  cells_.reserve(shared.count() + std::max<std::size_t>(shared.count(), room));
}

std::uint64_t BestCells::bytes_of(std::uint64_t count, std::uint64_t room) {
  return (count + std::max(count, room)) * sizeof(ScoredCell) +
         SharedScores::kBuckets * sizeof(std::uint32_t);
}

void BestCells::make_room() {
  if (cells_.size() + room_ <= cells_.capacity()) return;
  share();
  // Without a branch: about half of them go.
  const std::uint32_t least = bar();
  std::size_t kept = 0;
  for (const ScoredCell& each : cells_) {
    cells_[kept] = each;
    kept += each.score >= least ? 1 : 0;
  }
  cells_.resize(kept);
  if (cells_.size() + room_ > cells_.capacity()) prune();
}

// To the best `count`, by the cells where scores are equal.
void BestCells::prune() {
  const auto count = static_cast<std::ptrdiff_t>(shared_->count());
  std::nth_element(cells_.begin(), cells_.begin() + count - 1, cells_.end(), is_better);
  cells_.resize(shared_->count());
  bar_ = cells_.back().score;
  last_at_bar_ = cells_.back().cell;
}

Cells best_of(std::span<const BestCells> parts, std::uint64_t count, std::uint64_t cell_count,
              Workers& workers) {
  std::uint64_t size = 0;
  for (const BestCells& part : parts) size += part.cells().size();
  const std::uint64_t wanted = std::min(size, count);
  const ScoreCut cut = cut_of_largest(wanted, [&](const auto& body) {
    for (const BestCells& part : parts) {
      for (const ScoredCell& each : part.cells()) body(each.score);
    }
  });
  Cells best, ties;
  best.reserve(wanted);
  for (const BestCells& part : parts) {
    for (const ScoredCell& each : part.cells()) {
      if (each.score > cut.score) best.push_back(each.cell);
      if (each.score == cut.score) ties.push_back(each.cell);
    }
  }
  const auto last_tie = ties.begin() + static_cast<std::ptrdiff_t>(wanted - best.size());
  if (last_tie != ties.end()) std::nth_element(ties.begin(), last_tie, ties.end());
  best.insert(best.end(), ties.begin(), last_tie);
  sort_below(cell_count, best, workers);
  return best;
}

Cells best_of(CellSpan cells, std::span<const float> gradients, std::uint64_t count) {
  const auto for_each = [&](const auto& body) {
    for (const float gradient : gradients) {
      if (gradient == gradient) body(magnitude_bits(gradient));
    }
  };
  std::uint64_t numbers = 0;
  for_each([&](std::uint32_t) { ++numbers; });
  const std::uint64_t wanted = std::min(numbers, count);
  ScoreCut cut = cut_of_largest(wanted, for_each);
  Cells best;
  best.reserve(wanted);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::uint32_t score = magnitude_bits(gradients[i]);
    const bool is_tie = score == cut.score && cut.ties > 0;
    if (gradients[i] != gradients[i] || (score <= cut.score && !is_tie)) continue;
    cut.ties -= is_tie ? 1 : 0;
    best.push_back(cells[i]);
  }
  return best;
}

}  // namespace regrow::cpu

#include "cpu/candidates.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace regrow::cpu {
namespace {

// The chosen ranks, sorted.
Cells ranks_of(const RankChoice& choice) {
  Cells ranks(choice.count);
  if (!choice.bijection) {
    std::iota(ranks.begin(), ranks.end(), std::uint64_t{0});
    return ranks;
  }
  for (std::uint64_t k = 0; k < choice.count; ++k) ranks[k] = (*choice.bijection)(k);
  std::sort(ranks.begin(), ranks.end());
  return ranks;
}

// The cells at `ranks` (sorted) among those not in `excluded` (sorted): the cell of rank r is r +
// j, j the number of excluded cells e_i with e_i − i ≤ r.
Cells cells_outside(const Cells& excluded, Cells ranks) {
  std::size_t j = 0;
  for (std::uint64_t& rank : ranks) {
    while (j < excluded.size() && excluded[j] - j <= rank) ++j;
    rank += j;
  }
  return ranks;
}

}  // namespace

Cells merged(const Cells& a, const Cells& b) {
  Cells all;
  all.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

Candidates::Candidates(std::uint64_t cell_count, const Cells& taken,
                       std::vector<NeighbourCounts> with_neighbours)
    : cell_count_(cell_count), taken_(taken), with_neighbours_(std::move(with_neighbours)) {
  sizes_[0] = cell_count - taken.size();
  for (const NeighbourCounts& part : with_neighbours_) {
    for (const std::uint8_t count : part.counts) ++sizes_[count];
    sizes_[0] -= part.counts.size();
  }
}

// Those with neighbours whose number is one of `counts`.
Cells Candidates::listed(const std::bitset<9>& counts) const {
  std::uint64_t size = 0;
  for (std::size_t count = 1; count < counts.size(); ++count) {
    size += counts[count] ? sizes_[count] : 0;
  }
  Cells cells;
  cells.reserve(size);
  for (const NeighbourCounts& part : with_neighbours_) {
    for (std::size_t i = 0; i < part.cells.size(); ++i) {
      if (counts[part.counts[i]]) cells.push_back(part.cells[i]);
    }
  }
  return cells;
}

Cells Candidates::in_class(const ClassChoice& choice) const {
  Cells cells = ranks_of(choice.ranks);
  if (choice.counts[0]) {
    // A class with the cells that have no neighbour: what remains beside the taken cells and the
    // candidates of other classes.
    const Cells others = listed(~choice.counts);
    return cells_outside(others.empty() ? taken_ : merged(taken_, others), std::move(cells));
  }
  const Cells members = listed(choice.counts);
  for (std::uint64_t& cell : cells) cell = members[cell];
  return cells;
}

Cells Candidates::chosen(const GrowthChoice& choice) const {
  Cells cells;
  for (const ClassChoice& each : choice.classes) {
    Cells members = in_class(each);
    cells = cells.empty() ? std::move(members) : merged(cells, members);
  }
  if (choice.fill) {
    const Cells filled = cells_outside(merged(taken_, cells), ranks_of(*choice.fill));
    cells = merged(cells, filled);
  }
  return cells;
}

std::uint64_t candidates_bytes(const LayerPlan& layer, std::uint64_t kept, std::uint64_t taken,
                               std::uint64_t grown, const GrowthRule& rule,
                               std::uint32_t channels) {
  constexpr std::uint64_t kCell = sizeof(std::uint64_t);
  constexpr std::uint64_t kMostNeighbours = 8;
  // Ranks that become cells, those chosen before and both of them merged, and the cells among which
  // they lie.
  const std::uint64_t choosing = kCell * (taken + kept + 3 * grown);
  if (rule.ignores_neighbours()) return choosing;
  const std::uint64_t around = kMostNeighbours * (rule.in_image ? channels : 1);
  const std::uint64_t candidates = std::min(around * kept, layer.cell_count() - kept);
  // Lists that grow while they are counted; then listed, and excluded.
  const std::uint64_t counted = candidates * (kCell + sizeof(std::uint8_t));
  return counted * 3 / 2 + 2 * kCell * candidates + choosing;
}

}  // namespace regrow::cpu

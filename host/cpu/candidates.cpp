#include "cpu/candidates.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "cpu/sorted_ranks.h"

namespace regrow::cpu {

// The cell of rank r is r + j, j the number of excluded cells e_i with e_i − i ≤ r.
Cells cells_outside(const Cells& excluded, Cells ranks) {
  std::size_t j = 0;
  for (std::uint64_t& rank : ranks) {
    while (j < excluded.size() && excluded[j] - j <= rank) ++j;
    rank += j;
  }
  return ranks;
}

Cells merged(const Cells& a, const Cells& b) {
  Cells all;
  all.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

Candidates::Candidates(std::uint64_t cell_count, const Cells& taken,
                       std::vector<NeighbourCounts> with_neighbours)
    : taken_(taken), with_neighbours_(std::move(with_neighbours)) {
  sizes_[0] = cell_count - taken.size();
  for (const NeighbourCounts& part : with_neighbours_) {
    for (std::size_t count = 1; count < sizes_.size(); ++count) sizes_[count] += part.sizes[count];
    sizes_[0] -= part.cells.size();
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

// The members at `ranks` (sorted) among those with neighbours.
Cells Candidates::listed_at(const std::bitset<9>& counts, Cells ranks) const {
  std::uint64_t rank = 0;  // of the member before which the walk stands
  auto wanted = ranks.begin();
  for (const NeighbourCounts& part : with_neighbours_) {
    for (std::size_t i = 0; i < part.cells.size() && wanted != ranks.end(); ++i) {
      if (!counts[part.counts[i]]) continue;
      if (*wanted == rank) *wanted++ = part.cells[i];
      ++rank;
    }
  }
  return ranks;
}

Cells Candidates::in_class(const ClassChoice& choice) const {
  const bool is_whole = choice.ranks.count == choice.ranks.size;
  if (!choice.counts[0]) {
    return is_whole ? listed(choice.counts) : listed_at(choice.counts, sorted_ranks(choice.ranks));
  }
  // A class with the cells that have no neighbour: what remains beside the taken cells and the
  // candidates of other classes.
  const Cells others = listed(~choice.counts);
  return cells_outside(others.empty() ? taken_ : merged(taken_, others),
                       sorted_ranks(choice.ranks));
}

Cells Candidates::chosen(const GrowthChoice& choice) const {
  Cells cells;
  for (const ClassChoice& each : choice.classes) {
    Cells members = in_class(each);
    cells = cells.empty() ? std::move(members) : merged(cells, members);
  }
  if (choice.fill) {
    const Cells filled = cells_outside(merged(taken_, cells), sorted_ranks(*choice.fill));
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
  const std::uint64_t choosing = kCell * (taken + kept + 2 * grown) + sorted_ranks_bytes(grown);
  if (rule.ignores_neighbours()) return choosing;
  const std::uint64_t touched = kMostNeighbours * (rule.in_image ? channels : 1) * kept;
  const std::uint64_t inactive = layer.cell_count() - kept;
  const std::uint64_t counted = bytes_of_neighbour_counts(std::min(touched, inactive));
  if (rule.rank_of_count[0] == GrowthRule::kNotEligible) return counted + choosing;
  // The class of the cells that have no neighbour is found beside those of other classes, which
  // have at least so many.
  std::size_t least = 1;
  while (rule.rank_of_count[least] == rule.rank_of_count[0]) ++least;
  return counted + 2 * kCell * std::min(touched / least, inactive) + choosing;
}

}  // namespace regrow::cpu

#include "cpu/candidates.h"

#include <algorithm>
#include <utility>

#include "cpu/sorted_ranks.h"

namespace regrow::cpu {

Candidates::Candidates(std::uint64_t cell_count, CellSpan taken,
                       std::vector<NeighbourCounts> with_neighbours, Workers& workers)
    : taken_(taken), with_neighbours_(std::move(with_neighbours)), workers_(workers) {
  sizes_[0] = cell_count - taken.size();
  for (const NeighbourCounts& part : with_neighbours_) {
    for (std::size_t count = 1; count < sizes_.size(); ++count) sizes_[count] += part.sizes[count];
    sizes_[0] -= part.cells.size();
  }
}

// Of each part the rank of its first member among those whose number of neighbours is one of
// `counts`, and how many they are.
std::vector<std::uint64_t> Candidates::firsts(const std::bitset<9>& counts) const {
  std::vector<std::uint64_t> first = {0};
  for (const NeighbourCounts& part : with_neighbours_) {
    std::uint64_t members = 0;
    for (std::size_t count = 1; count < counts.size(); ++count) {
      members += counts[count] ? part.sizes[count] : 0;
    }
    first.push_back(first.back() + members);
  }
  return first;
}

// The members.
Cells Candidates::listed(const std::bitset<9>& counts) const {
  const std::vector<std::uint64_t> first = firsts(counts);
  Cells cells(first.back());
  workers_.run([&](unsigned worker) {
    for (std::size_t p = worker; p < with_neighbours_.size(); p += workers_.size()) {
      const NeighbourCounts& part = with_neighbours_[p];
      std::size_t at = first[p];
      for (std::size_t i = 0; i < part.cells.size(); ++i) {
        if (counts[part.counts[i]]) cells[at++] = part.cells[i];
      }
    }
  });
  return cells;
}

// Those of them at `ranks` (sorted).
Cells Candidates::listed_at(const std::bitset<9>& counts, Cells ranks) const {
  const std::vector<std::uint64_t> first = firsts(counts);
  const auto begin_of = [&](std::size_t p) {
    return std::lower_bound(ranks.begin(), ranks.end(), first[p]);
  };
  std::vector<Cells::iterator> begin;
  for (std::size_t p = 0; p <= with_neighbours_.size(); ++p) begin.push_back(begin_of(p));
  workers_.run([&](unsigned worker) {
    for (std::size_t p = worker; p < with_neighbours_.size(); p += workers_.size()) {
      const NeighbourCounts& part = with_neighbours_[p];
      std::uint64_t rank = first[p];  // of the member before which the walk stands
      auto wanted = begin[p];
      for (std::size_t i = 0; i < part.cells.size() && wanted != begin[p + 1]; ++i) {
        if (!counts[part.counts[i]]) continue;
        if (*wanted == rank) *wanted++ = part.cells[i];
        ++rank;
      }
    }
  });
  return ranks;
}

Cells Candidates::in_class(const ClassChoice& choice) const {
  const bool is_whole = choice.ranks.count == choice.ranks.size;
  if (!choice.counts[0]) {
    return is_whole ? listed(choice.counts)
                    : listed_at(choice.counts, sorted_ranks(choice.ranks, workers_));
  }
  // A class with the cells that have no neighbour: what remains beside the taken cells and the
  // candidates of other classes.
  const Cells others = listed(~choice.counts);
  const Cells excluded = others.empty() ? Cells() : merged(taken_, others, workers_);
  return cells_outside(others.empty() ? taken_ : CellSpan(excluded),
                       sorted_ranks(choice.ranks, workers_), workers_);
}

Cells Candidates::chosen(const GrowthChoice& choice) const {
  Cells cells;
  for (const ClassChoice& each : choice.classes) {
    Cells members = in_class(each);
    cells = cells.empty() ? std::move(members) : merged(cells, members, workers_);
  }
  if (choice.fill) {
    const Cells filled = cells_outside(merged(taken_, cells, workers_),
                                       sorted_ranks(*choice.fill, workers_), workers_);
    cells = merged(cells, filled, workers_);
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

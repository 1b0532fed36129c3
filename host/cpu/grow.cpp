#include "cpu/grow.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "cpu/neighbours.h"
#include "regrow/bijection.h"
#include "regrow/error.h"
#include "regrow/network_state.h"

namespace regrow::cpu {
namespace {

using Cells = std::vector<std::uint64_t>;

Cells merged(const Cells& a, const Cells& b) {
  Cells all;
  all.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

// The first `count` images of the bijection: `count` distinct ranks, sorted. Or 0, 1, 2, ….
Cells chosen_ranks(const Bijection& bijection, std::uint64_t count, bool by_index = false) {
  Cells ranks(count);
  for (std::uint64_t k = 0; k < count; ++k) ranks[k] = by_index ? k : bijection(k);
  if (!by_index) std::sort(ranks.begin(), ranks.end());
  return ranks;
}

// The cells at `ranks` (sorted) among those not in `excluded` (sorted): the cell of rank r is r +
// j, j the number of excluded cells e_i with e_i − i ≤ r.
Cells cells_outside(const Cells& excluded, const Cells& ranks) {
  Cells cells(ranks.size());
  std::size_t j = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    while (j < excluded.size() && excluded[j] - j <= ranks[i]) ++j;
    cells[i] = ranks[i] + j;
  }
  return cells;
}

class CellChooser {
 public:
  CellChooser(const Cells& active, const GrowPlan& plan, const LayerShape& layer, ThreadPool& pool)
      : active_(active),
        plan_(plan),
        layer_(layer),
        cell_count_(std::uint64_t{layer.inputs} * layer.outputs),
        wanted_(plan.counts[layer.index]) {
    REGROW_CHECK(wanted_ <= cell_count_ - active.size(), "more growth than inactive cells");
    if (!plan.rule.ignores_neighbours() && wanted_ > 0) {
      candidates_ = count_neighbours(active, layer.inputs, layer.outputs,
                                     plan.neighbour_space(layer.index), pool);
      for (const std::uint8_t count : candidates_.counts) ++with_count_[count];
    }
  }

  // The cells that grow, sorted.
  Cells choose(GrowReport& report) {
    std::set<std::int8_t, std::greater<>> ranks(plan_.rule.rank_of_count.begin(),
                                                plan_.rule.rank_of_count.end());
    ranks.erase(GrowthRule::kNotEligible);
    for (const std::int8_t rank : ranks) {
      if (chosen_.size() == wanted_) break;
      take_from_class(rank);
    }
    report.filled = wanted_ - chosen_.size();
    if (report.filled > 0) fill();
    report.grown = chosen_.size();
    return std::move(chosen_);
  }

 private:
  // The cells with neighbours whose rank is, or with `others` is not, `rank`; ascending.
  Cells candidates_of(std::int8_t rank, bool others) const {
    std::array<bool, 9> taken{};
    std::size_t size = 0;
    for (std::size_t count = 1; count < taken.size(); ++count) {
      taken[count] = (plan_.rule.rank_of_count[count] == rank) != others;
      if (taken[count]) size += with_count_[count];
    }
    if (size == candidates_.cells.size()) return candidates_.cells;
    Cells cells;
    cells.reserve(size);
    for (std::size_t i = 0; cells.size() < size; ++i) {
      if (taken[candidates_.counts[i]]) cells.push_back(candidates_.cells[i]);
    }
    return cells;
  }

  void take_from_class(std::int8_t rank) {
    const std::uint64_t missing = wanted_ - chosen_.size();
    // Cells without an active neighbour are too many to list: a class that holds them is what
    // remains beside the active cells and the candidates of other ranks.
    const bool has_lonely_cells = plan_.rule.rank_of_count[0] == rank;
    const Cells listed = candidates_of(rank, has_lonely_cells);
    const Cells excluded = has_lonely_cells ? merged(active_, listed) : Cells();
    const std::uint64_t size = has_lonely_cells ? cell_count_ - excluded.size() : listed.size();
    const std::uint64_t count = std::min(size, missing);
    if (count == 0) return;
    const Bijection bijection(size, plan_.seed, Purpose::kGrow, layer_.index, plan_.time,
                              static_cast<std::uint32_t>(rank));
    const bool in_order = count == size || plan_.tie == TieRule::kByIndex;
    Cells cells = chosen_ranks(bijection, count, in_order);
    if (has_lonely_cells) {
      cells = cells_outside(excluded, cells);
    } else {
      for (std::uint64_t& cell : cells) cell = listed[cell];
    }
    chosen_ = merged(chosen_, cells);
  }

  void fill() {
    const Cells excluded = merged(active_, chosen_);
    const Bijection bijection(cell_count_ - excluded.size(), plan_.seed, Purpose::kGrowShortfall,
                              layer_.index, plan_.time);
    const Cells ranks = chosen_ranks(bijection, wanted_ - chosen_.size());
    chosen_ = merged(chosen_, cells_outside(excluded, ranks));
  }

  const Cells& active_;
  const GrowPlan& plan_;
  LayerShape layer_;
  std::uint64_t cell_count_;
  std::uint64_t wanted_;
  NeighbourCounts candidates_;               // the inactive cells that have neighbours
  std::array<std::size_t, 9> with_count_{};  // how many of them have so many
  Cells chosen_;
};

// Draws of the initial law, on the fan-ins after the growth.
std::vector<float> fresh_weights(const Connections& kept, const Cells& grown, const GrowPlan& plan,
                                 const LayerShape& layer) {
  std::vector<std::uint32_t> fan_in(layer.outputs);
  for (const Cells* cells : {&kept.cells, &grown}) {
    for (const std::uint64_t cell : *cells) ++fan_in[cell / layer.inputs];
  }
  std::vector<float> weights(grown.size());
  for (std::size_t i = 0; i < grown.size(); ++i) {
    const double limit =
        init_limit(plan.init, layer.inputs, layer.outputs, fan_in[grown[i] / layer.inputs]);
    weights[i] = init_weight(
        limit, random_block(plan.seed, Purpose::kGrownWeight, layer.index, plan.time, grown[i])[0]);
  }
  return weights;
}

}  // namespace

GrowReport grow_connections(Connections& connections, const Connections& dropped,
                            const GrowPlan& plan, const LayerShape& layer, ThreadPool& pool) {
  GrowReport report;
  const Cells grown = CellChooser(connections.cells, plan, layer, pool).choose(report);
  std::vector<float> weights(grown.size());
  if (plan.fresh_weights) weights = fresh_weights(connections, grown, plan, layer);
  std::vector<float> momentum(grown.size());
  if (plan.keep_momentum_of_regrown) {
    std::size_t d = 0;
    for (std::size_t i = 0; i < grown.size(); ++i) {
      while (d < dropped.size() && dropped.cells[d] < grown[i]) ++d;
      if (d < dropped.size() && dropped.cells[d] == grown[i]) momentum[i] = dropped.momentum[d];
    }
  }

  Connections all;
  all.cells = merged(connections.cells, grown);
  all.weights.resize(all.size());
  all.momentum.resize(all.size());
  std::size_t old = 0, fresh = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_fresh = fresh < grown.size() && all.cells[i] == grown[fresh];
    all.weights[i] = is_fresh ? weights[fresh] : connections.weights[old];
    all.momentum[i] = is_fresh ? momentum[fresh] : connections.momentum[old];
    ++(is_fresh ? fresh : old);
  }
  connections = std::move(all);
  return report;
}

std::uint64_t grow_bytes(const LayerPlan& layer, std::uint64_t dropped, const GrowthRule& rule,
                         std::uint32_t channels) {
  constexpr std::uint64_t kCell = sizeof(std::uint64_t);
  constexpr std::uint64_t kMostNeighbours = 8;
  const std::uint64_t kept = layer.connections - dropped;
  // Ranks, cells and the chosen of the classes before, and the active cells among which they lie.
  std::uint64_t choosing = kCell * (kept + 3 * dropped);
  if (!rule.ignores_neighbours()) {
    const std::uint64_t around = kMostNeighbours * (rule.in_image ? channels : 1);
    const std::uint64_t candidates = std::min(around * kept, layer.cell_count() - kept);
    // Counted by threads and then joined; or listed, and excluded.
    const std::uint64_t counted = candidates * (kCell + sizeof(std::uint8_t));
    choosing = std::max(counted * 5 / 2, counted + 2 * kCell * candidates + choosing);
  }
  const std::uint64_t merging = bytes_of_connections(dropped + layer.connections);
  return bytes_of_connections(kept) + std::max(choosing, merging);
}

}  // namespace regrow::cpu

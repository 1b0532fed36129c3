// Growing: the host takes class after class by its size, the device finds the cells and merges them
// in.
#include <algorithm>
#include <array>
#include <bitset>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "common/algorithms.h"
#include "evolve/cells.h"
#include "evolve/grow.h"
#include "evolve/neighbours.h"
#include "evolve/per_element.h"
#include "regrow/bijection.h"
#include "regrow/error.h"
#include "regrow/philox.h"

namespace regrow::cuda {
namespace {

__global__ void feistel_kernel(FeistelNetwork network, std::size_t count, std::uint64_t* images) {
  const std::size_t k = element_index();
  if (k < count) images[k] = network(k);
}

class CellChooser {
 public:
  CellChooser(const Connections& active, const GrowPlan& plan, const LayerShape& shape,
              std::size_t mask_budget_bytes, const Stream& stream)
      : active_(active),
        plan_(plan),
        shape_(shape),
        mask_budget_bytes_(mask_budget_bytes),
        stream_(stream),
        inactive_(std::uint64_t{shape.inputs} * shape.outputs - active.count),
        wanted_(plan.counts[shape.index]) {
    REGROW_CHECK(wanted_ <= inactive_, "a grow plan asks for more cells than are inactive");
  }

  // The cells that grow, ascending.
  Cells choose(GrowReport& report) const {
    report.grown = wanted_;
    if (wanted_ == 0) return {};
    if (plan_.rule.ignores_neighbours()) {
      const auto rank = plan_.rule.rank_of_count[0];
      return cells_outside(active_.cells.data(), active_.count, ranks(inactive_, wanted_, rank),
                           stream_);
    }
    Cells chosen = choose_by_neighbours();
    report.filled = wanted_ - chosen.size();
    return report.filled == 0 ? std::move(chosen) : fill(chosen);
  }

 private:
  // Classes that are wholly taken are one set of cells; at most one class is taken in part.
  Cells choose_by_neighbours() const {
    const NeighbourSpace space = plan_.neighbour_space(shape_.index);
    const auto classes = !space.in_image && mask_bytes(shape_) <= mask_budget_bytes_
                             ? count_in_mask(active_, shape_, space.around, stream_)
                             : count_from_cells(active_, shape_, space, stream_);
    const std::array<std::uint64_t, 9> histogram = classes->histogram();
    std::set<std::int8_t, std::greater<>> falling_ranks(plan_.rule.rank_of_count.begin(),
                                                        plan_.rule.rank_of_count.end());
    falling_ranks.erase(GrowthRule::kNotEligible);
    std::bitset<9> whole;
    std::uint64_t whole_size = 0;
    Cells partial;
    for (const std::int8_t rank : falling_ranks) {
      std::bitset<9> members;
      std::uint64_t size = 0;
      for (unsigned count = 0; count < 9; ++count) {
        members[count] = plan_.rule.rank_of_count[count] == rank;
        size += members[count] ? histogram[count] : 0;
      }
      const std::uint64_t missing = wanted_ - whole_size;
      if (missing < size) {
        if (missing > 0) partial = classes->select(members, ranks(size, missing, rank));
        break;
      }
      whole |= members;
      whole_size += size;
    }
    if (whole_size == 0) return partial;
    Cells taken = classes->select(whole, counted_up(whole_size, stream_));
    return partial.size() == 0 ? std::move(taken) : merged(taken, partial);
  }

  // `chosen` and as many of the other inactive cells as are missing.
  Cells fill(const Cells& chosen) const {
    const Cells excluded =
        merge_cells(active_.cells.data(), active_.count, chosen.data(), chosen.size(), stream_);
    const Bijection bijection(inactive_ - chosen.size(), plan_.seed, Purpose::kGrowShortfall,
                              shape_.index, plan_.time);
    const Cells others = cells_outside(excluded.data(), excluded.size(),
                                       images(bijection, wanted_ - chosen.size()), stream_);
    return merged(chosen, others);
  }

  // `count` of the ranks below `size`, of the class of `rank`; ascending.
  Cells ranks(std::uint64_t size, std::uint64_t count, std::int8_t rank) const {
    if (plan_.tie == TieRule::kByIndex || count == size) return counted_up(count, stream_);
    return images(Bijection(size, plan_.seed, Purpose::kGrow, shape_.index, plan_.time,
                            static_cast<std::uint32_t>(rank)),
                  count);
  }

  // The first `count` images of the bijection, sorted.
  Cells images(const Bijection& bijection, std::uint64_t count) const {
    if (bijection.is_small()) {
      const auto first = bijection.table().begin();
      std::vector<std::uint64_t> table(first, first + static_cast<std::ptrdiff_t>(count));
      std::sort(table.begin(), table.end());
      return {std::span<const std::uint64_t>(table), "ranks of cells", stream_};
    }
    Cells images(count, "ranks of cells", stream_);
    launch_per_element(count, stream_, feistel_kernel, bijection.feistel(), count, images.data());
    sort(images.data(), count, stream_);
    return images;
  }

  Cells merged(const Cells& a, const Cells& b) const {
    return merge_cells(a.data(), a.size(), b.data(), b.size(), stream_);
  }

  const Connections& active_;
  const GrowPlan& plan_;
  LayerShape shape_;
  std::size_t mask_budget_bytes_;
  const Stream& stream_;
  std::uint64_t inactive_;
  std::uint64_t wanted_;
};

// Connections as kernels see them. Grown ones have cells only.
struct ConnectionsView {
  const std::uint64_t* cells;
  const float* weights;
  const float* momentum;
  std::size_t count;

  // How many of them are at cells below `cell`.
  __device__ std::size_t below(std::uint64_t cell) const { return count_below(cells, count, cell); }
};

ConnectionsView view_of(const Connections& connections) {
  return {connections.cells.data(), connections.weights.data(), connections.momentum.data(),
          connections.count};
}

struct PlaceTargets {
  std::uint64_t* cells;
  float* weights;
  float* momentum;
};

// The law of grown weights; 0 where they are not fresh.
struct GrownWeights {
  bool are_fresh;
  WeightInit init;
  std::uint64_t seed;
  std::uint32_t time;
  LayerShape shape;
};

__global__ void place_kept_kernel(ConnectionsView kept, ConnectionsView grown, PlaceTargets to) {
  const std::size_t i = element_index();
  if (i >= kept.count) return;
  const std::size_t place = i + grown.below(kept.cells[i]);
  to.cells[place] = kept.cells[i];
  to.weights[place] = kept.weights[i];
  to.momentum[place] = kept.momentum[i];
}

__device__ float grown_weight(const GrownWeights& law, std::uint64_t cell,
                              const ConnectionsView& kept, const ConnectionsView& grown) {
  if (!law.are_fresh) return 0;
  const std::uint64_t row_begin = cell / law.shape.inputs * law.shape.inputs;
  const std::uint64_t row_end = row_begin + law.shape.inputs;
  std::uint64_t fan_in = 0;
  if (law.init != WeightInit::kGlorotDense) {  // which looks at no fan-in of its own
    fan_in =
        kept.below(row_end) - kept.below(row_begin) + grown.below(row_end) - grown.below(row_begin);
  }
  const PhiloxBlock block =
      random_block(law.seed, Purpose::kGrownWeight, law.shape.index, law.time, cell);
  return init_weight(init_limit(law.init, law.shape.inputs, law.shape.outputs, fan_in), block[0]);
}

// regrown: the connections just dropped, or none, where no momentum is kept.
__global__ void place_grown_kernel(ConnectionsView kept, ConnectionsView grown,
                                   ConnectionsView regrown, GrownWeights law, PlaceTargets to) {
  const std::size_t i = element_index();
  if (i >= grown.count) return;
  const std::uint64_t cell = grown.cells[i];
  const std::size_t place = i + kept.below(cell);
  const std::size_t before = regrown.below(cell);
  const bool is_regrown = before < regrown.count && regrown.cells[before] == cell;
  to.cells[place] = cell;
  to.weights[place] = grown_weight(law, cell, kept, grown);
  to.momentum[place] = is_regrown ? regrown.momentum[before] : 0;
}

}  // namespace

GrowOutcome grow(const Connections& kept, const Connections& dropped, const GrowPlan& plan,
                 const LayerShape& shape, std::size_t mask_budget_bytes, const Stream& stream) {
  REGROW_CHECK(shape.index < plan.counts.size(), "a grow plan lacks a layer");
  GrowOutcome outcome;
  const Cells cells =
      CellChooser(kept, plan, shape, mask_budget_bytes, stream).choose(outcome.report);

  Connections& all = outcome.connections;
  all.count = kept.count + cells.size();
  all.cells = {all.count, "cells of a layer", stream};
  all.weights = {all.count, "weights of a layer", stream};
  all.momentum = {all.count, "momentum of a layer", stream};
  const PlaceTargets targets = {all.cells.data(), all.weights.data(), all.momentum.data()};
  const ConnectionsView grown = {cells.data(), nullptr, nullptr, cells.size()};
  const ConnectionsView regrown =
      plan.keep_momentum_of_regrown ? view_of(dropped) : ConnectionsView{};
  const GrownWeights law = {plan.fresh_weights, plan.init, plan.seed, plan.time, shape};
  launch_per_element(kept.count, stream, place_kept_kernel, view_of(kept), grown, targets);
  launch_per_element(cells.size(), stream, place_grown_kernel, view_of(kept), grown, regrown, law,
                     targets);
  return outcome;
}

}  // namespace regrow::cuda

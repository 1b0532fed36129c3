// The evolution of one layer as regrow/evolution/plan.h says it, by loops over all of its cells.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/host_batch.h"
#include "regrow/bijection.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"
#include "regrow/weight_init.h"

namespace regrow::cuda {

/// The active neighbours of a cell; more than 8, which an image may give, count as 8.
inline unsigned plain_neighbours(const LayerShape& shape, const std::set<std::uint64_t>& active,
                                 std::uint64_t cell, const NeighbourSpace& space) {
  const auto out = static_cast<std::int64_t>(cell / shape.inputs);
  const auto in = static_cast<std::uint32_t>(cell % shape.inputs);
  const ImageShape image = space.image.shape;
  unsigned count = 0;
  const auto count_cell = [&](std::int64_t row, std::int64_t column) {
    const auto at = static_cast<std::uint64_t>(row) * shape.inputs;
    count += static_cast<unsigned>(active.count(at + static_cast<std::uint64_t>(column)));
  };
  for (std::int64_t down = -1; down <= 1; ++down) {
    for (std::int64_t right = -1; right <= 1; ++right) {
      const bool is_corner = down != 0 && right != 0;
      if (down == 0 && right == 0) continue;
      if (is_corner && space.around == Neighbourhood::kCross4) continue;
      if (!is_corner && space.around == Neighbourhood::kDiagonal4) continue;
      if (!space.in_image) {
        const std::int64_t row = out + down, column = std::int64_t{in} + right;
        if (row < 0 || row >= shape.outputs || column < 0 || column >= shape.inputs) continue;
        count_cell(row, column);
        continue;
      }
      const std::uint32_t own = pixel_of_feature(image, space.image.order, in);
      const std::int64_t row = own / image.width + down, column = own % image.width + right;
      if (row < 0 || row >= image.height || column < 0 || column >= image.width) continue;
      const auto pixel = static_cast<std::uint32_t>(row * image.width + column);
      for (std::uint32_t channel = 0; channel < image.channels; ++channel) {
        count_cell(out, feature_index(image, space.image.order, channel, pixel));
      }
    }
  }
  return std::min(count, 8U);
}

struct PlainEvolution {
  HostLayer layer;
  EvolutionReport report;
};

namespace detail {

inline bool is_in(const CellList& cells, std::uint64_t cell) {
  return std::binary_search(cells.begin(), cells.end(), cell);
}

/// The cells that drop, ascending.
inline CellList plain_drop(const HostLayer& layer, DropGroups groups, const LayerDrop& drop,
                           const CellList& protected_cells, DropReport& report) {
  std::vector<std::size_t> negatives, positives, zeros, all;
  for (std::size_t i = 0; i < layer.cells.size(); ++i) {
    if (is_in(protected_cells, layer.cells[i])) continue;
    const float weight = layer.weights[i];
    (weight < 0 ? negatives : weight > 0 ? positives : zeros).push_back(i);
    all.push_back(i);
  }
  CellList dropped;
  const auto take = [&](std::vector<std::size_t> from, std::uint64_t count) {
    std::stable_sort(from.begin(), from.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(layer.weights[a]) < std::abs(layer.weights[b]);
    });
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::size_t i = from.at(k);
      dropped.push_back(layer.cells[i]);
      report.negatives += layer.weights[i] < 0 ? 1 : 0;
      report.positives += layer.weights[i] > 0 ? 1 : 0;
      report.zeros += layer.weights[i] == 0 ? 1 : 0;
    }
  };
  if (groups == DropGroups::kTogether) {
    take(all, drop.smallest);
  } else {
    take(negatives, drop.negatives);
    take(positives, drop.positives);
    take(zeros, zeros.size());
  }
  std::sort(dropped.begin(), dropped.end());
  report.remaining = layer.cells.size() - dropped.size();
  return dropped;
}

/// Of ascending `eligible` cells those that are scored.
inline CellList plain_candidates(const LayerShape& shape, const EvolutionPlan& plan,
                                 const CellList& eligible) {
  const CandidateDraws& draws = plan.layers[shape.index].candidates;
  std::set<std::uint64_t> cells;
  switch (plan.growth.candidates) {
    case CandidateLaw::kAll:
      return eligible;
    case CandidateLaw::kUniform: {
      const Bijection bijection(eligible.size(), plan.seed, Purpose::kCandidates, shape.index,
                                plan.time.number);
      for (std::uint64_t k = 0; k < std::min<std::uint64_t>(draws.count, eligible.size()); ++k) {
        cells.insert(eligible[bijection(k)]);
      }
      break;
    }
    case CandidateLaw::kGraBo:
    case CandidateLaw::kGraEst: {
      const auto neuron = [](const std::vector<std::uint64_t>& sums, std::uint32_t low,
                             std::uint32_t high) {
        const std::uint64_t at = scaled_below(low | std::uint64_t{high} << 32, sums.back());
        std::uint64_t first = 0;
        while (sums[first] <= at) ++first;
        return first;
      };
      for (std::uint64_t k = 0; k < draws.count; ++k) {
        const PhiloxBlock block =
            random_block(plan.seed, Purpose::kCandidates, shape.index, plan.time.number, k);
        const std::uint64_t cell = neuron(draws.outputs, block[2], block[3]) * shape.inputs +
                                   neuron(draws.inputs, block[0], block[1]);
        if (is_in(eligible, cell)) cells.insert(cell);
      }
    }
  }
  return {cells.begin(), cells.end()};
}

/// Of the candidates the best, not in order.
inline CellList plain_best(const CellList& candidates, const HostBatch& batch,
                           std::uint64_t wanted) {
  CellList best;
  for (const std::uint64_t cell : candidates) {
    if (!std::isnan(batch.gradient(cell))) best.push_back(cell);
  }
  std::stable_sort(best.begin(), best.end(), [&](std::uint64_t a, std::uint64_t b) {
    return std::abs(batch.gradient(a)) > std::abs(batch.gradient(b));
  });
  best.resize(std::min<std::size_t>(best.size(), wanted));
  return best;
}

/// The cells that grow, ascending. active: after the drop.
inline CellList plain_growth(const LayerShape& shape, const EvolutionPlan& plan,
                             const std::set<std::uint64_t>& active, const CellList& dropped,
                             const HostBatch* batch, GrowReport& report) {
  const std::uint64_t wanted = plan.layers[shape.index].grow;
  const NeighbourSpace space = plan.growth.neighbour_space(shape.index);
  std::map<int, CellList, std::greater<>> classes;
  CellList eligible;
  for (std::uint64_t cell = 0; cell < std::uint64_t{shape.inputs} * shape.outputs; ++cell) {
    if (active.count(cell) > 0) continue;
    if (!plan.growth.regrow_dropped && is_in(dropped, cell)) continue;
    eligible.push_back(cell);
    if (plan.growth.rule.by_gradient) continue;
    const unsigned count = plain_neighbours(shape, active, cell, space);
    classes[plan.growth.rule.rank_of_count[count]].push_back(cell);
  }
  if (wanted > eligible.size()) throw std::logic_error("too many to grow");
  classes.erase(GrowthRule::kNotEligible);
  CellList grown;
  const auto take = [&](const CellList& from, std::uint64_t count, const Bijection& bijection) {
    for (std::uint64_t k = 0; k < count; ++k) grown.push_back(from[bijection(k)]);
  };
  for (const auto& [rank, cells] : classes) {
    const std::uint64_t missing = wanted - grown.size();
    if (missing >= cells.size()) {
      grown.insert(grown.end(), cells.begin(), cells.end());
      continue;
    }
    if (plan.growth.tie == TieRule::kByIndex) {
      grown.insert(grown.end(), cells.begin(), cells.begin() + static_cast<std::int64_t>(missing));
    } else {
      take(cells, missing,
           Bijection(cells.size(), plan.seed, plan.time.grow(), shape.index, plan.time.number,
                     static_cast<std::uint32_t>(rank)));
    }
    break;
  }
  report = {wanted, wanted - grown.size(), 0};
  if (plan.growth.rule.by_gradient && wanted > 0) {
    const CellList candidates = plain_candidates(shape, plan, eligible);
    grown = plain_best(candidates, *batch, wanted);
    report = {wanted, wanted - grown.size(), candidates.size()};
  }
  if (report.filled > 0) {
    const std::set<std::uint64_t> taken(grown.begin(), grown.end());
    CellList others;
    for (const std::uint64_t cell : eligible) {
      if (taken.count(cell) == 0) others.push_back(cell);
    }
    take(others, report.filled,
         Bijection(others.size(), plan.seed, plan.time.shortfall(), shape.index, plan.time.number));
  }
  std::sort(grown.begin(), grown.end());
  return grown;
}

}  // namespace detail

/// plan.layers[before.shape.index] of a layer. batch: what growth by gradient needs. Throws where
/// there is less to drop or to grow.
inline PlainEvolution plain_evolve(const HostLayer& before, const EvolutionPlan& plan,
                                   const HostBatch* batch = nullptr) {
  const LayerShape& shape = before.shape;
  const LayerEvolution& evolution = plan.layers[shape.index];
  PlainEvolution result;
  const CellList dropped = detail::plain_drop(before, plan.groups, evolution.drop,
                                              evolution.protected_cells, result.report.dropped);
  struct Values {
    float weight;
    std::vector<float> slots;
  };
  const std::size_t slots = before.slots.size();
  std::map<std::uint64_t, Values> values;
  std::map<std::uint64_t, std::vector<float>> slots_before;
  std::map<std::uint64_t, float> weights_before;
  std::set<std::uint64_t> active;
  for (std::size_t i = 0; i < before.cells.size(); ++i) {
    weights_before[before.cells[i]] = before.weights[i];
    for (const std::vector<float>& slot : before.slots) {
      slots_before[before.cells[i]].push_back(slot[i]);
    }
    if (detail::is_in(dropped, before.cells[i])) continue;
    active.insert(before.cells[i]);
    values[before.cells[i]] = {before.weights[i], slots_before[before.cells[i]]};
  }
  const CellList grown =
      detail::plain_growth(shape, plan, active, dropped, batch, result.report.grown);
  std::map<std::uint64_t, std::uint64_t> fan_in;  // after the growth, by output
  for (const std::uint64_t cell : active) ++fan_in[cell / shape.inputs];
  for (const std::uint64_t cell : grown) ++fan_in[cell / shape.inputs];
  for (const std::uint64_t cell : grown) {
    Values& grown_values = values[cell] = {0, std::vector<float>(slots)};
    if (plan.newborn.keep_slots_of_regrown && detail::is_in(dropped, cell)) {
      grown_values.slots = slots_before[cell];
    }
    if (plan.newborn.keep_weights_of_regrown && detail::is_in(dropped, cell)) {
      grown_values.weight = weights_before[cell];
      continue;
    }
    if (!plan.newborn.fresh_weights) continue;
    const double limit =
        init_limit(plan.newborn.init, shape.inputs, shape.outputs, fan_in[cell / shape.inputs]);
    grown_values.weight = init_weight(limit, random_block(plan.seed, plan.time.grown_weight(),
                                                          shape.index, plan.time.number, cell)[0]);
  }
  if (plan.reports_cells) {
    result.report.dropped_cells = dropped;
    result.report.grown_cells = grown;
  }
  result.layer.shape = shape;
  result.layer.slots.resize(slots);
  for (const auto& [cell, value] : values) {
    result.layer.cells.push_back(cell);
    result.layer.weights.push_back(value.weight);
    for (std::size_t s = 0; s < slots; ++s) result.layer.slots[s].push_back(value.slots[s]);
  }
  return result;
}

}  // namespace regrow::cuda

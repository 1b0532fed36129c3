#include "plain_evolution.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "regrow/bijection.h"
#include "regrow/weight_init.h"

namespace regrow::tests {

namespace {

// |w|, the cell and the weight's index, in the order in which connections drop.
using Smallest = std::vector<std::tuple<double, std::uint64_t, std::size_t>>;

Smallest in_order(const LayerState& layer, const CellList& protected_cells,
                  const std::function<bool(double)>& is_in_group) {
  const CellSet stays(protected_cells.begin(), protected_cells.end());
  Smallest result;
  for (std::size_t k = 0; k < layer.cells.size(); ++k) {
    const double weight = layer.weights.values[k];
    if (stays.count(layer.cells[k]) > 0 || !is_in_group(weight)) continue;
    result.emplace_back(std::fabs(weight), layer.cells[k], k);
  }
  std::sort(result.begin(), result.end());
  return result;
}

void take(const Smallest& ordered, std::size_t count, CellSet& dropped) {
  for (std::size_t k = 0; k < count; ++k) dropped.insert(std::get<1>(ordered.at(k)));
}

// Row and column of an input's pixel.
std::pair<int, int> pixel_of(std::uint64_t input, const InputImage& image) {
  const std::uint64_t pixels = std::uint64_t{image.shape.height} * image.shape.width;
  const std::uint64_t pixel =
      image.order == InputOrder::kHwc ? input / image.shape.channels : input % pixels;
  return {static_cast<int>(pixel / image.shape.width), static_cast<int>(pixel % image.shape.width)};
}

bool is_around(Neighbourhood neighbourhood, int rows, int columns) {
  if (rows == 0 && columns == 0) return false;
  if (std::abs(rows) > 1 || std::abs(columns) > 1) return false;
  const bool is_straight = rows == 0 || columns == 0;
  if (neighbourhood == Neighbourhood::kCross4) return is_straight;
  return neighbourhood == Neighbourhood::kMoore8 || !is_straight;
}

using Classes = std::map<int, std::vector<std::uint64_t>, std::greater<>>;

Classes classes_of(const LayerState& layer, const CellSet& active, const CellSet& excluded,
                   const GrowthSource& growth, std::uint32_t index) {
  Classes classes;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (active.count(cell) + excluded.count(cell) > 0) continue;
    const unsigned count = plain_neighbours(layer, active, cell, growth.neighbour_space(index));
    classes[growth.rule.rank_of_count.at(count)].push_back(cell);
  }
  return classes;
}

void take_random(const std::vector<std::uint64_t>& cells, std::uint64_t count,
                 const Bijection& bijection, CellSet& grown) {
  for (std::uint64_t k = 0; k < count; ++k) grown.insert(cells.at(bijection(k)));
}

// ⌊random·total/2^64⌋, and the first neuron whose running sum is above it.
std::uint64_t neuron_of(const std::vector<std::uint64_t>& sums, std::uint64_t random) {
  __extension__ using Wide = unsigned __int128;
  const auto at = static_cast<std::uint64_t>(Wide{random} * sums.back() >> 64);
  std::uint64_t neuron = 0;
  while (sums.at(neuron) <= at) ++neuron;
  return neuron;
}

CellSet drawn(const EvolutionPlan& plan, std::uint32_t index, std::uint64_t inputs) {
  const CandidateDraws& draws = plan.layers[index].candidates;
  CellSet cells;
  for (std::uint64_t k = 0; k < draws.count; ++k) {
    const PhiloxBlock words =
        random_block(plan.seed, Purpose::kCandidates, index, plan.time.number, k);
    const std::uint64_t in = neuron_of(draws.inputs, words[0] + (std::uint64_t{words[1]} << 32));
    const std::uint64_t out = neuron_of(draws.outputs, words[2] + (std::uint64_t{words[3]} << 32));
    cells.insert(out * inputs + in);
  }
  return cells;
}

// What may grow after the drop.
std::vector<std::uint64_t> eligible_cells(const EvolutionPlan& plan, std::uint32_t index,
                                          const LayerState& layer) {
  const CellSet dropped = plain_drop(layer, plan.groups, plan.layers[index]);
  const CellSet connections(layer.cells.begin(), layer.cells.end());
  std::vector<std::uint64_t> eligible;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    const bool is_back = plan.growth.regrow_dropped && dropped.count(cell) > 0;
    if (is_back || connections.count(cell) == 0) eligible.push_back(cell);
  }
  return eligible;
}

// Of the fill: those taken besides.
std::uint64_t fill(const EvolutionPlan& plan, std::uint32_t index,
                   std::vector<std::uint64_t> others, CellSet& grown) {
  const std::uint64_t missing = plan.layers[index].grow - grown.size();
  if (missing == 0) return 0;
  others.erase(std::remove_if(others.begin(), others.end(),
                              [&](std::uint64_t cell) { return grown.count(cell) > 0; }),
               others.end());
  std::sort(others.begin(), others.end());
  take_random(others, missing,
              Bijection(others.size(), plan.seed, plan.time.shortfall(), index, plan.time.number),
              grown);
  return missing;
}

std::uint64_t grow(const EvolutionPlan& plan, std::uint32_t index, const LayerState& layer,
                   const CellSet& active, const CellSet& excluded, CellSet& grown) {
  const std::uint64_t wanted = plan.layers[index].grow;
  std::vector<std::uint64_t> others;
  for (const auto& [rank, cells] : classes_of(layer, active, excluded, plan.growth, index)) {
    const std::uint64_t count =
        rank < 0 ? 0 : std::min<std::uint64_t>(wanted - grown.size(), cells.size());
    if (count == cells.size() || plan.growth.tie == TieRule::kByIndex) {
      grown.insert(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(count));
    } else if (count > 0) {
      take_random(cells, count,
                  Bijection(cells.size(), plan.seed, plan.time.grow(), index, plan.time.number,
                            static_cast<std::uint32_t>(rank)),
                  grown);
    }
    others.insert(others.end(), cells.begin(), cells.end());
  }
  return fill(plan, index, others, grown);
}

DropReport report_of(const LayerState& layer, const CellSet& dropped) {
  DropReport report;
  for (std::size_t k = 0; k < layer.cells.size(); ++k) {
    const double weight = layer.weights.values[k];
    if (dropped.count(layer.cells[k]) == 0) {
      ++report.remaining;
    } else {
      ++(weight < 0 ? report.negatives : weight > 0 ? report.positives : report.zeros);
    }
  }
  return report;
}

double fresh_weight(const EvolutionPlan& plan, std::uint32_t index, const LayerState& layer,
                    const CellSet& active, std::uint64_t cell) {
  const std::uint64_t out = cell / layer.inputs;
  const auto fan_in = static_cast<std::uint64_t>(std::distance(
      active.lower_bound(out * layer.inputs), active.lower_bound((out + 1) * layer.inputs)));
  const double limit = init_limit(plan.newborn.init, layer.inputs, layer.outputs, fan_in);
  const PhiloxBlock block =
      random_block(plan.seed, plan.time.grown_weight(), index, plan.time.number, cell);
  return double{init_weight(limit, block[0])};
}

}  // namespace

CellSet plain_drop(const LayerState& layer, DropGroups groups, const LayerEvolution& plan) {
  const CellList& stays = plan.protected_cells;
  CellSet dropped;
  if (groups == DropGroups::kTogether) {
    take(in_order(layer, stays, [](double) { return true; }), plan.drop.smallest, dropped);
    return dropped;
  }
  const Smallest zeros = in_order(layer, stays, [](double w) { return w == 0; });
  take(zeros, zeros.size(), dropped);
  take(in_order(layer, stays, [](double w) { return w < 0; }), plan.drop.negatives, dropped);
  take(in_order(layer, stays, [](double w) { return w > 0; }), plan.drop.positives, dropped);
  return dropped;
}

unsigned plain_neighbours(const LayerState& layer, const CellSet& active, std::uint64_t cell,
                          const NeighbourSpace& space) {
  const auto out = static_cast<int>(cell / layer.inputs);
  const auto in = static_cast<int>(cell % layer.inputs);
  unsigned count = 0;
  for (const std::uint64_t other : active) {
    const auto other_out = static_cast<int>(other / layer.inputs);
    const auto other_in = static_cast<int>(other % layer.inputs);
    if (!space.in_image) {
      count += is_around(space.around, other_out - out, other_in - in) ? 1 : 0;
      continue;
    }
    const auto [row, column] = pixel_of(cell % layer.inputs, space.image);
    const auto [other_row, other_column] = pixel_of(other % layer.inputs, space.image);
    const bool is_near = is_around(space.around, other_row - row, other_column - column);
    count += other_out == out && is_near ? 1 : 0;
  }
  return std::min(count, 8U);
}

CellSet plain_candidates(const EvolutionPlan& plan, std::uint32_t index, const LayerState& layer) {
  const std::vector<std::uint64_t> eligible = eligible_cells(plan, index, layer);
  CellSet all(eligible.begin(), eligible.end());
  const std::uint64_t count = plan.layers[index].candidates.count;
  const CandidateLaw law = plan.growth.candidates;
  if (law == CandidateLaw::kAll || (law == CandidateLaw::kUniform && count >= all.size())) {
    return all;
  }
  CellSet candidates;
  if (law == CandidateLaw::kUniform) {
    take_random(
        eligible, count,
        Bijection(eligible.size(), plan.seed, Purpose::kCandidates, index, plan.time.number),
        candidates);
    return candidates;
  }
  for (const std::uint64_t cell : drawn(plan, index, layer.inputs)) {
    if (all.count(cell) > 0) candidates.insert(cell);
  }
  return candidates;
}

PlainEvolution plain_evolution(const EvolutionPlan& plan, std::uint32_t index, LayerState layer,
                               const CellSet& by_score) {
  const CellSet dropped = plain_drop(layer, plan.groups, plan.layers[index]);
  PlainEvolution result{layer, {report_of(layer, dropped), {}, {}, {}}};
  std::map<std::uint64_t, std::size_t> before;  // where a cell's values are
  CellSet active;
  for (std::size_t k = 0; k < layer.cells.size(); ++k) {
    before[layer.cells[k]] = k;
    if (dropped.count(layer.cells[k]) == 0) active.insert(layer.cells[k]);
  }
  CellSet grown = by_score;
  GrowReport& report = result.report.grown;
  if (plan.growth.rule.by_gradient) {
    const bool grows = plan.layers[index].grow > 0;
    report.scored = grows ? plain_candidates(plan, index, layer).size() : 0;
    report.filled = fill(plan, index, eligible_cells(plan, index, layer), grown);
  } else {
    report.filled =
        grow(plan, index, layer, active, plan.growth.regrow_dropped ? CellSet() : dropped, grown);
  }
  report.grown = grown.size();
  result.report.dropped_cells.assign(dropped.begin(), dropped.end());
  result.report.grown_cells.assign(grown.begin(), grown.end());

  active.insert(grown.begin(), grown.end());
  LayerState& after = result.layer;
  after.cells.assign(active.begin(), active.end());
  after.weights = Parameter(std::vector<double>(active.size(), 0), layer.weights.slots.size());
  for (std::size_t k = 0; k < after.cells.size(); ++k) {
    const std::uint64_t cell = after.cells[k];
    const bool is_new = grown.count(cell) > 0;
    const bool was_there = before.count(cell) > 0;
    if (!is_new || (was_there && plan.newborn.keep_weights_of_regrown)) {
      after.weights.values[k] = layer.weights.values[before.at(cell)];
    } else if (plan.newborn.fresh_weights) {
      after.weights.values[k] = fresh_weight(plan, index, after, active, cell);
    }
    if (!was_there || (is_new && !plan.newborn.keep_slots_of_regrown)) continue;
    for (std::size_t slot = 0; slot < after.weights.slots.size(); ++slot) {
      after.weights.slots[slot][k] = layer.weights.slots[slot][before.at(cell)];
    }
  }
  return result;
}

}  // namespace regrow::tests

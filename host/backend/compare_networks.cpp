// Which arrays of two networks are compared with which, in the words of the message.
#include "backend/compare_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "backend/compare_scores.h"
#include "regrow/error.h"

namespace regrow {

namespace {

void compare_topology(const Comparison& comparison, std::size_t layer, const LayerState& a,
                      const LayerState& b) {
  const auto [in_a, in_b] =
      std::mismatch(a.cells.begin(), a.cells.end(), b.cells.begin(), b.cells.end());
  if (in_a == a.cells.end() && in_b == b.cells.end()) return;
  const bool only_a = in_b == b.cells.end() || (in_a != a.cells.end() && *in_a < *in_b);
  const std::uint64_t cell = only_a ? *in_a : *in_b;
  throw Error(fmt::format(
      "check: {}: layer {}: cell {} (out {}, in {}) is a connection of {} but not of {}",
      comparison.place, layer, cell, cell / a.inputs, cell % a.inputs,
      only_a ? comparison.a_name : comparison.b_name,
      only_a ? comparison.b_name : comparison.a_name));
}

// "weight", "bias", or the name of what an activation learns: of parameters_of()[index].
const char* parameter_name(const LayerState& layer, std::size_t index) {
  static constexpr std::array kNames = {"weight", "bias"};
  return index < kNames.size() ? kNames.at(index)
                               : parameter_names(layer.activation)[index - kNames.size()];
}

Field field_of(std::size_t layer, const LayerState& state, std::size_t index) {
  return {parameter_name(state, index), layer, index == 0 ? &state : nullptr};
}

// Their sums over the batch are of one kind: what reaches a neuron, times a number near 1. So the
// largest of all of them is what the error of each goes by.
double scale_of_neurons(const TrainedStep& step, const std::vector<const Parameter*>& before,
                        const std::vector<const Parameter*>& after) {
  double scale = 0;
  for (std::size_t p = 1; p < after.size(); ++p) {
    scale = std::max(scale, step_scale(step, *before[p], *after[p]));
  }
  return scale;
}

void compare_exactly(const Comparison& comparison, const Field& field, std::span<const double> a,
                     std::span<const double> b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (!agree(a[k], b[k], 0)) fail(comparison, field.describe(k), a[k], b[k], 0);
  }
}

void remove_cells(const CellList& removed, LayerState& layer) {
  std::vector<std::vector<double>*> values = {&layer.weights.values};
  for (std::vector<double>& slot : layer.weights.slots) values.push_back(&slot);
  std::size_t kept = 0;
  for (std::size_t k = 0; k < layer.cells.size(); ++k) {
    if (std::binary_search(removed.begin(), removed.end(), layer.cells[k])) continue;
    layer.cells[kept] = layer.cells[k];
    for (std::vector<double>* const of : values) (*of)[kept] = (*of)[k];
    ++kept;
  }
  layer.cells.resize(kept);
  for (std::vector<double>* const of : values) of->resize(kept);
}

// The cells that grew in both, at an output of one of `apart`, which ascend.
CellList beside(const CellList& grown, const CellList& apart, std::uint64_t inputs) {
  CellList cells;
  for (const std::uint64_t cell : grown) {
    const auto first = std::lower_bound(apart.begin(), apart.end(), cell / inputs * inputs);
    if (first != apart.end() && *first / inputs == cell / inputs) cells.push_back(cell);
  }
  return cells;
}

void check_grown(const Comparison& comparison, const std::string& name, std::size_t layer,
                 const CellList& grown, const LayerState& state) {
  for (const std::uint64_t cell : grown) {
    if (std::binary_search(state.cells.begin(), state.cells.end(), cell)) continue;
    throw Error(
        fmt::format("check: {}: layer {}: {} reports that cell {} has grown, but it is "
                    "no connection of {}",
                    comparison.place, layer, name, cell, name));
  }
}

}  // namespace

void compare_trained(const Comparison& comparison, const TrainedStep& step,
                     const NetworkState& before, const NetworkState& a, const NetworkState& b) {
  for (std::size_t l = 0; l < b.layers.size(); ++l) {
    compare_topology(comparison, l, a.layers[l], b.layers[l]);
    const std::vector<const Parameter*> w = parameters_of(before.layers[l]);
    const std::vector<const Parameter*> x = parameters_of(a.layers[l]);
    const std::vector<const Parameter*> y = parameters_of(b.layers[l]);
    for (std::size_t p = 0; p < y.size(); ++p) {
      const double scale = p < 2 ? step_scale(step, *w[p], *y[p]) : scale_of_neurons(step, w, y);
      compare_stepped(comparison, step, field_of(l, b.layers[l], p),
                      {*w[p], *x[p], *y[p], scale, p == 0});
    }
  }
}

void compare_evolved(const Comparison& comparison, const NetworkState& a, const NetworkState& b) {
  for (std::size_t l = 0; l < b.layers.size(); ++l) {
    compare_topology(comparison, l, a.layers[l], b.layers[l]);
    const std::vector<const Parameter*> x = parameters_of(a.layers[l]);
    const std::vector<const Parameter*> y = parameters_of(b.layers[l]);
    for (std::size_t p = 0; p < y.size(); ++p) {
      const Field field = field_of(l, b.layers[l], p);
      for (std::size_t slot = 0; slot < y[p]->slots.size(); ++slot) {
        compare_exactly(comparison, field.of_slot(slot, y[p]->slots.size()), x[p]->slots[slot],
                        y[p]->slots[slot]);
      }
      compare_exactly(comparison, field, x[p]->values, y[p]->values);
    }
  }
}

void compare_scored_networks(const Comparison& comparison, const NewbornValues& newborn,
                             EvolvedNetwork a, EvolvedNetwork b) {
  for (std::size_t l = 0; l < a.reports.size(); ++l) {
    LayerState &x = a.network.layers[l], &y = b.network.layers[l];
    check_grown(comparison, comparison.a_name, l, a.reports[l].grown_cells, x);
    check_grown(comparison, comparison.b_name, l, b.reports[l].grown_cells, y);
    const GrownApart apart = grown_apart(a.reports[l], b.reports[l]);
    remove_cells(apart.in_a, x);
    remove_cells(apart.in_b, y);
    if (!newborn.fresh_weights) continue;
    for (const CellList* const of : {&apart.in_a, &apart.in_b}) {
      const CellList depend = beside(a.reports[l].grown_cells, *of, x.inputs);
      remove_cells(depend, x);
      remove_cells(depend, y);
    }
  }
  compare_evolved(comparison, a.network, b.network);
}

}  // namespace regrow

#include "backend/compare_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "regrow/error.h"

namespace regrow {

namespace {

std::string name_of(std::uint64_t cell, std::uint32_t inputs) {
  return fmt::format("cell {} (out {}, in {})", cell, cell / inputs, cell % inputs);
}

// Sums over the samples of values that the passes of a step have left: as far off as gradients are.
// Σ|v| has no terms that cancel, so that it is off by less.
double bound_of(const Comparison& comparison, std::span<const double> b, bool at_kink) {
  const Bounds& bounds = bounds_of(comparison);
  const double relative = at_kink ? bounds.relative_at_kink : bounds.relative;
  return relative * largest(b) + kAbsoluteOfGradient;
}

// `describe`: what value k is, in words.
template <typename Describe>
void compare_batch_sums(const Comparison& comparison, std::span<const double> a,
                        std::span<const double> b, const Describe& describe) {
  REGROW_CHECK(a.size() == b.size(), "both back ends have as many sums");
  const double bound = bound_of(comparison, b, false);
  std::size_t may_be_kinks = a.size() / bounds_of(comparison).kink_share;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (agree(a[k], b[k], bound)) continue;
    if (may_be_kinks == 0 || !agree(a[k], b[k], bound_of(comparison, b, true))) {
      fail(comparison, describe(k), a[k], b[k], bound);
    }
    --may_be_kinks;
  }
}

CellList without(const CellList& cells, const CellList& others) {
  CellList rest;
  std::set_difference(cells.begin(), cells.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

bool has(const CellList& cells, std::uint64_t cell) {
  return std::binary_search(cells.begin(), cells.end(), cell);
}

// All candidates have grown, which are no matter of scores.
bool takes_all(const GrowReport& report) {
  return report.filled > 0 || report.grown == report.scored;
}

}  // namespace

void compare_gradients(const Comparison& comparison, const ScoredLayer& layer,
                       const CellList& cells, std::span<const double> a,
                       std::span<const double> b) {
  compare_batch_sums(comparison, a, b, [&](std::size_t k) {
    return fmt::format("layer {}, gradient of {}", layer.index, name_of(cells[k], layer.inputs));
  });
}

void compare_strengths(const Comparison& comparison, std::size_t layer, const NeuronStrengths& a,
                       const NeuronStrengths& b) {
  const auto compare = [&](std::span<const double> x, std::span<const double> y, const char* side) {
    compare_batch_sums(comparison, x, y, [&](std::size_t k) {
      return fmt::format("layer {}, strength of {} {}", layer, side, k);
    });
  };
  compare(a.inputs, b.inputs, "input");
  compare(a.outputs, b.outputs, "output");
}

GrownApart grown_apart(const EvolutionReport& a, const EvolutionReport& b) {
  return {without(a.grown_cells, b.grown_cells), without(b.grown_cells, a.grown_cells)};
}

void compare_scored_growth(const Comparison& comparison, const ScoredLayer& layer,
                           const EvolutionReport& in_a, const EvolutionReport& in_b,
                           const CellList& cells, std::span<const double> a,
                           std::span<const double> b) {
  compare_gradients(comparison, layer, cells, a, b);
  const GrownApart apart = grown_apart(in_a, in_b);
  if (apart.empty()) return;
  if (takes_all(in_b.grown)) {
    const bool only_a = !apart.in_a.empty();
    throw Error(
        fmt::format("check: {}: layer {}: {} grew on {} but not on {}, though all "
                    "candidates grow",
                    comparison.place, layer.index,
                    name_of(only_a ? apart.in_a[0] : apart.in_b[0], layer.inputs),
                    only_a ? comparison.a_name : comparison.b_name,
                    only_a ? comparison.b_name : comparison.a_name));
  }
  double last = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < cells.size(); ++k) {
    if (has(in_b.grown_cells, cells[k])) last = std::min(last, std::abs(b[k]));
  }
  // Let every gradient be off by e at most. Where A prefers c to c', B may have c' up to 2e above c
  // and no more: e of either.
  const double bound = 2 * bound_of(comparison, b, false);
  std::size_t may_be_kinks = in_b.grown_cells.size() / bounds_of(comparison).kink_share;
  for (std::size_t k = 0; k < cells.size(); ++k) {
    const bool only_a = has(apart.in_a, cells[k]);
    if (!only_a && !has(apart.in_b, cells[k])) continue;
    const double score = std::abs(b[k]);
    if (!std::isfinite(a[k]) || std::abs(score - last) <= bound) continue;
    if (may_be_kinks > 0 && std::abs(score - last) <= 2 * bound_of(comparison, b, true)) {
      --may_be_kinks;
      continue;
    }
    throw Error(fmt::format(
        "check: {}: layer {}: {} grew on {} but not on {}; by {} its |gradient| is "
        "{:.9g}, that of the last cell to grow {:.9g}, more than {:.3g} apart",
        comparison.place, layer.index, name_of(cells[k], layer.inputs),
        only_a ? comparison.a_name : comparison.b_name,
        only_a ? comparison.b_name : comparison.a_name, comparison.b_name, score, last, bound));
  }
}

}  // namespace regrow

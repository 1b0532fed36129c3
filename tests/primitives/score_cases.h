// Growth by gradient in plain doubles, and how near a back end's is to it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "evolution_cases.h"
#include "support/evolutions.h"

namespace regrow::tests {

inline constexpr CandidateLaw kLaws[] = {CandidateLaw::kAll, CandidateLaw::kUniform,
                                         CandidateLaw::kGraBo, CandidateLaw::kGraEst};
inline GrowthSource by_gradient(CandidateLaw law, bool regrow_dropped = true) {
  GrowthSource growth;
  growth.rule = rule_of("gradient");
  growth.regrow_dropped = regrow_dropped;
  growth.candidates = law;
  return growth;
}

inline bool can_score(const BackendCase& of, CandidateLaw law) {
  return law != CandidateLaw::kAll || of.has_openblas;
}

/// The step whose gradients score: the second of the first epoch.
inline constexpr StepRange kScoredStep = {1, 1, kStepsPerEpoch};

inline PlainTrainedStep plain_scored_step(const NetworkState& network,
                                          const BackendOptions& options, const Dataset& dataset) {
  return plain_step(network, options, dataset, kScoredStep.first, kStepsPerEpoch);
}

inline CellList all_cells(const LayerState& layer) {
  CellList cells(layer.cell_count());
  std::iota(cells.begin(), cells.end(), 0U);
  return cells;
}

/// Σ_s dz[out][s]·x[in][s] of every cell of a layer.
inline Row plain_cell_gradients(const PlainTrainedStep& step, std::size_t l,
                                const LayerState& layer) {
  Row gradients;
  for (const std::uint64_t cell : all_cells(layer)) {
    double& sum = gradients.emplace_back(0);
    for (std::size_t s = 0; s < step.dz[l].size(); ++s) {
      sum += step.dz[l][s][cell / layer.inputs] * step.pass.inputs[l][s][cell % layer.inputs];
    }
  }
  return gradients;
}

/// Weights of neurons by which cells are drawn, a few of them 0, as running sums.
inline std::vector<std::uint64_t> sums_of_weights(std::uint32_t neurons, std::uint64_t scale) {
  std::vector<std::uint64_t> sums;
  std::uint64_t sum = 0;
  for (std::uint64_t n = 0; n < neurons; ++n) sums.push_back(sum += (n * n + 1) % 5 * scale);
  return sums;
}

/// How many candidates are drawn, and how many of the cells grow.
struct ScoredCounts {
  double drawn = 1;  // over the connections
  double grown = 1;  // over the eligible cells
};

inline EvolutionPlan scored_plan(const NetworkState& network, const GrowthSource& growth,
                                 const ScoredCounts& counts, std::size_t protect = 0) {
  EvolutionPlan plan = plan_for(network, DropGroups::kTogether, 0.4, protect, growth);
  plan.time = {static_cast<std::uint32_t>(kScoredStep.first), true};
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    LayerEvolution& of = plan.layers[l];
    if (!is_sparse(layer)) continue;
    const std::uint64_t dropped = growth.regrow_dropped ? of.drop.smallest : 0;
    const std::uint64_t eligible = layer.cell_count() - layer.cells.size() + dropped;
    of.grow = static_cast<std::uint64_t>(counts.grown * static_cast<double>(eligible));
    const double drawn = counts.drawn * static_cast<double>(layer.cells.size());
    of.candidates.count = static_cast<std::uint64_t>(drawn);
    if (!draws_by_strength(growth.candidates)) continue;
    of.candidates.inputs = sums_of_weights(layer.inputs, 1);
    of.candidates.outputs = sums_of_weights(layer.outputs, std::uint64_t{1} << 40);
  }
  return plan;
}

/// The `count` of `candidates` with the largest |gradient|, of equal ones the lower cells.
inline CellSet plain_best(const CellSet& candidates, const Row& gradients, std::uint64_t count) {
  CellList ordered;
  for (const std::uint64_t cell : candidates) {
    if (!std::isnan(gradients[cell])) ordered.push_back(cell);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [&](std::uint64_t a, std::uint64_t b) {
    return std::abs(gradients[a]) > std::abs(gradients[b]);
  });
  ordered.resize(std::min<std::size_t>(ordered.size(), count));
  return {ordered.begin(), ordered.end()};
}

/// `grown` are candidates, and none that is not among them has a gradient larger than theirs. Each
/// of the two that are compared may be off by `tolerance` of the largest gradient.
inline void expect_best(const CellSet& candidates, const Row& gradients, const CellSet& grown,
                        double tolerance, const std::string& what) {
  double largest = 0, least = std::numeric_limits<double>::infinity(), left = 0;
  for (const std::uint64_t cell : grown) {
    EXPECT_EQ(candidates.count(cell), 1U) << what << ", cell " << cell << " is no candidate";
    least = std::min(least, std::abs(gradients[cell]));
  }
  for (const std::uint64_t cell : candidates) {
    largest = std::max(largest, std::abs(gradients[cell]));
    if (grown.count(cell) == 0) left = std::max(left, std::abs(gradients[cell]));
  }
  EXPECT_GE(least, left - 2 * tolerance * (largest + 0.01)) << what;
}

/// A sample that is no smaller than its layer is all of its cells.
inline bool scores_all(EvolutionPlan plan, const NetworkState& network) {
  const CandidateLaw law = std::exchange(plan.growth.candidates, CandidateLaw::kAll);
  for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
    if (law != CandidateLaw::kUniform || !is_sparse(network.layers[l])) continue;
    const std::size_t eligible = plain_candidates(plan, l, network.layers[l]).size();
    if (plan.layers[l].candidates.count >= eligible) return true;
  }
  return law == CandidateLaw::kAll;
}

/// On every back end. `ties_are_exact`: only equal gradients are to be told apart by their cells.
inline void expect_scored_evolutions(const BackendOptions& options, const Dataset& dataset,
                                     const NetworkState& network, const EvolutionPlan& plan,
                                     const std::string& what, bool ties_are_exact = false) {
  const PlainTrainedStep step = plain_scored_step(network, options, dataset);
  std::vector<CellSet> candidates, best;  // of every layer
  std::vector<Row> gradients;
  bool has_dense = false;
  for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    candidates.push_back(is_sparse(layer) ? plain_candidates(plan, l, layer) : CellSet());
    gradients.push_back(is_sparse(layer) ? plain_cell_gradients(step, l, layer) : Row());
    best.push_back(plain_best(candidates[l], gradients[l], plan.layers[l].grow));
    has_dense = has_dense || (!is_sparse(layer) && l + 1 < network.layers.size());
  }
  const bool needs_openblas = has_dense || scores_all(plan, network);
  const auto data = shared(Dataset(dataset));
  for (const BackendCase& of : backend_cases()) {
    if (needs_openblas && !of.has_openblas) continue;
    const auto backend = backend_with(of, options, data, network);
    backend->differentiate(kScoredStep);
    const std::vector<EvolutionReport> reports = backend->evolve(plan);
    const NetworkState after = backend->snapshot();
    for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
      const LayerState& layer = network.layers[l];
      const std::string place = of.name() + ", " + what + ", layer " + std::to_string(l);
      if (!is_sparse(layer)) {
        EXPECT_EQ(after.layers[l], layer) << place;
        EXPECT_EQ(reports[l], (EvolutionReport{{.remaining = layer.cell_count()}, {}, {}, {}}))
            << place;
        continue;
      }
      CellSet by_score = best[l];
      if (!ties_are_exact && by_score.size() == plan.layers[l].grow) {
        by_score = {reports[l].grown_cells.begin(), reports[l].grown_cells.end()};
        expect_best(candidates[l], gradients[l], by_score, tolerance_of(of), place);
      }
      const PlainEvolution expected = plain_evolution(plan, l, layer, by_score);
      EXPECT_EQ(reports[l].dropped, expected.report.dropped) << place;
      EXPECT_EQ(reports[l].grown, expected.report.grown)
          << place << ", scored " << reports[l].grown.scored << " for "
          << expected.report.grown.scored;
      EXPECT_EQ(reports[l].dropped_cells, expected.report.dropped_cells) << place;
      EXPECT_EQ(reports[l].grown_cells, expected.report.grown_cells) << place;
      EXPECT_EQ(after.layers[l], expected.layer) << place;
    }
  }
}

}  // namespace regrow::tests

// Layers and evolutions for tests of drop, candidates and topology.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "plain_evolution.h"
#include "step_cases.h"

namespace regrow::tests {

/// Weights of few magnitudes, so that many tie; zeros of both signs, and the least float.
inline void set_tied_weights(NetworkState& network) {
  constexpr float kLeast = 0x1p-149F;
  const std::vector<float> values = {-0.5F, 1, 0.5F, -1, kLeast, -0.0F, 0, -kLeast, 0.5F, -0.5F, 2};
  for (LayerState& layer : network.layers) {
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      layer.weights.values[k] = double{values[k * k % values.size()]};
    }
  }
}

inline bool is_sparse(const LayerState& layer) { return layer.kind == LayerKind::kSparse; }

/// Drops a share of every group and grows as many, if there is room; protects every `protect`th
/// connection, 0: none.
inline EvolutionPlan plan_for(const NetworkState& network, DropGroups groups, double share,
                              std::size_t protect, const GrowthSource& growth) {
  EvolutionPlan plan;
  plan.seed = 11;
  plan.time = {3, false};
  plan.groups = groups;
  plan.growth = growth;
  plan.reports_cells = true;
  for (const LayerState& layer : network.layers) {
    LayerEvolution& of = plan.layers.emplace_back();
    if (!is_sparse(layer)) continue;
    std::uint64_t negatives = 0, positives = 0, candidates = 0;
    for (std::size_t k = 0; k < layer.cells.size(); ++k) {
      if (protect > 0 && k % protect == 0) {
        of.protected_cells.push_back(layer.cells[k]);
        continue;
      }
      negatives += layer.weights.values[k] < 0 ? 1 : 0;
      positives += layer.weights.values[k] > 0 ? 1 : 0;
      ++candidates;
    }
    const auto part = [&](std::uint64_t of_group) {
      return static_cast<std::uint64_t>(share * static_cast<double>(of_group));
    };
    of.drop = groups == DropGroups::kBySign ? LayerDrop{part(negatives), part(positives), 0}
                                            : LayerDrop{0, 0, part(candidates)};
    const std::uint64_t dropped = plain_drop(layer, groups, of).size();
    const std::uint64_t inactive = layer.cell_count() - layer.cells.size();
    const std::uint64_t eligible = inactive + (growth.regrow_dropped ? dropped : 0);
    of.grow = std::min(eligible, dropped + inactive / 3);
  }
  return plan;
}

/// The back end's evolution, and the plain one, of every layer.
inline void expect_evolution(const BackendCase& of, const StepCase& shape,
                             const NetworkState& network, const EvolutionPlan& plan,
                             OptimiserKind optimiser, const std::string& what) {
  BackendOptions options = options_of(shape);
  options.optimiser.kind = optimiser;
  const auto backend = backend_with(of, options, shared(data_of(shape)), network);
  const std::vector<EvolutionReport> reports = backend->evolve(plan);
  const NetworkState after = backend->snapshot();
  for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
    const std::string place = what + ", layer " + std::to_string(l);
    if (!is_sparse(network.layers[l])) {
      EXPECT_EQ(after.layers[l], network.layers[l]) << place;
      EXPECT_EQ(reports[l],
                (EvolutionReport{{.remaining = network.layers[l].cell_count()}, {}, {}, {}}))
          << place;
      continue;
    }
    const PlainEvolution expected = plain_evolution(plan, l, network.layers[l]);
    EXPECT_EQ(reports[l].dropped, expected.report.dropped) << place;
    EXPECT_EQ(reports[l].grown, expected.report.grown) << place;
    EXPECT_EQ(reports[l].dropped_cells, expected.report.dropped_cells) << place;
    EXPECT_EQ(reports[l].grown_cells, expected.report.grown_cells) << place;
    EXPECT_EQ(after.layers[l], expected.layer) << place;
  }
}

}  // namespace regrow::tests

// The evolution of a layer on the device against a loop over all of its cells: the same cells,
// exactly, by either way of counting neighbours.
#include "evolve/evolve.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/evolve_plans.h"
#include "cuda/evolve/plain_evolution.h"
#include "cuda/evolve/views.h"
#include "evolution/drop_counts.h"

namespace regrow::cuda {
namespace {

// Evolves on the device and by loops, and expects the same layer and views of it.
void expect_evolution_as_planned(const HostLayer& layer, const EvolutionPlan& plan,
                                 const Stream& stream) {
  const HostBatch batch = whole_batch(9, layer.shape, 5);
  const DeviceBatch<float> on_device(batch, stream);
  const ScoredBatch scored = {on_device.view()};
  const PlainEvolution expected = plain_evolve(layer, plan, &batch);
  for (const MaskBudget budget : {kFromCells, kInMask}) {
    SCOPED_TRACE(budget.bytes > 0 ? "in the mask" : "from the cells");
    Topology topology(layer.shape, layer.cells.size(), 2, stream);
    topology.assign(upload(layer, stream));
    const EvolvedConnections evolved =
        evolve(topology.connections(), plan, layer.shape, budget, stream, &scored);
    EXPECT_EQ(evolved.report, expected.report);
    const HostLayer after = download(evolved.connections, layer.shape);
    expect_equal(after, expected.layer);
    topology.assign(evolved.connections);
    expect_views_of(after, topology, stream);
  }
}

// Any table: equal ranks, gaps, ranks that no cell has, cells without a neighbour anywhere.
GrowthRule any_rule() {
  GrowthRule rule;
  rule.name = "any";
  for (std::int8_t& rank : rule.rank_of_count) {
    rank = static_cast<std::int8_t>(*rc::gen::element(-1, 0, 1, 2, 3, 127));
  }
  return rule;
}

LayerDrop any_drop(DropGroups groups, const HostLayer& candidates) {
  const auto zeta = *rc::gen::element<std::uint32_t>(0, 300'000, 1'000'000);
  return drop_counts(groups == DropGroups::kBySign ? DropRule::kPerSign : DropRule::kMagnitude,
                     signs_of(candidates), zeta);
}

RC_GTEST_PROP(CudaEvolve, TakesExactlyTheCellsOfALoop, ()) {
  const Stream stream;
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const HostLayer layer = random_layer(seed, *rc::gen::inRange<std::uint32_t>(1, 70),
                                       *rc::gen::inRange<std::uint32_t>(1, 50),
                                       *rc::gen::element(0.0, 0.02, 0.1, 0.5, 0.95, 1.0));
  const auto row = *rc::gen::inRange<std::size_t>(0, growth_rules().size() + 1);
  EvolutionPlan plan = plan_of(row < growth_rules().size() ? growth_rules()[row] : any_rule(), 0);
  plan.seed = seed + 1;
  plan.time.is_within_epoch = *rc::gen::arbitrary<bool>();
  plan.groups = *rc::gen::element(DropGroups::kBySign, DropGroups::kTogether);
  plan.growth.tie = *rc::gen::element(TieRule::kRandom, TieRule::kByIndex);
  plan.growth.neighbourhood =
      *rc::gen::element(Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4);
  plan.growth.regrow_dropped = *rc::gen::arbitrary<bool>();
  plan.newborn.fresh_weights = *rc::gen::arbitrary<bool>();
  plan.newborn.init =
      *rc::gen::element(WeightInit::kGlorotDense, WeightInit::kLecunSparse, WeightInit::kHeSparse);
  plan.newborn.keep_slots_of_regrown = *rc::gen::arbitrary<bool>();
  plan.newborn.keep_weights_of_regrown = *rc::gen::arbitrary<bool>();
  plan.reports_cells = *rc::gen::arbitrary<bool>();
  LayerEvolution& evolution = plan.layers[layer.shape.index];
  evolution.protected_cells = some_cells(layer, *rc::gen::element(0.0, 0.2, 1.0), seed + 2);
  evolution.drop = any_drop(plan.groups, without(layer, evolution.protected_cells));
  evolution.grow = static_cast<std::uint64_t>(*rc::gen::element(0.0, 0.01, 0.3, 0.9, 1.0) *
                                              static_cast<double>(eligible_cells(layer, plan)));
  expect_evolution_as_planned(layer, plan, stream);
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(CudaEvolve, AgreesForEveryRuleNeighbourhoodTieAndGroupsInEveryThreadOrder) {
  const Stream stream;
  const HostLayer layer = random_layer(2, 45, 23, 0.2);
  const CellList protected_cells = some_cells(layer, 0.1, 4);
  for (const GrowthRule& rule : growth_rules()) {
    for (const Neighbourhood neighbourhood :
         {Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4}) {
      for (const TieRule tie : {TieRule::kRandom, TieRule::kByIndex}) {
        for (const DropGroups groups : {DropGroups::kBySign, DropGroups::kTogether}) {
          EvolutionPlan plan = plan_of(rule, 90, {20, 30, 60});
          plan.groups = groups;
          plan.growth.neighbourhood = neighbourhood;
          plan.growth.tie = tie;
          plan.growth.regrow_dropped = neighbourhood == Neighbourhood::kMoore8;
          plan.newborn = {true, WeightInit::kLecunSparse, true, groups == DropGroups::kTogether};
          if (tie == TieRule::kRandom) plan.layers[2].protected_cells = protected_cells;
          in_every_thread_order([&] { expect_evolution_as_planned(layer, plan, stream); });
        }
      }
    }
  }
}

// ThreadSanitizer is some hundred times slower, and sees whole classes and a part of one anyway.
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kCountsOfALargerLayer[] = {13'000};
#else
constexpr std::uint64_t kCountsOfALargerLayer[] = {100, 1000, 6000, 13'000};
#endif

TEST(CudaEvolve, AgreesBeyondTheSmallBijection) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 170, 90, 0.1);
  for (const GrowthRule& rule : growth_rules()) {
    for (const std::uint64_t count : kCountsOfALargerLayer) {
      for (const bool regrows : {true, false}) {
        SCOPED_TRACE(testing::Message() << rule.name << ", " << count << ", " << regrows);
        EvolutionPlan plan = plan_of(rule, count, {200, 200, 0});
        plan.growth.regrow_dropped = regrows;
        expect_evolution_as_planned(layer, plan, stream);
      }
    }
  }
}

TEST(CudaEvolve, AgreesOnTinyFullAndEmptyLayers) {
  const Stream stream;
  constexpr std::uint32_t kSampled[][2] = {{1, 1}, {1, 9}, {9, 1}, {1, 300}, {300, 1}, {33, 2}};
  for (const auto& [inputs, outputs] : kSampled) {
    for (const double density : {0.0, 0.3, 1.0}) {
      const HostLayer layer = random_layer(3, inputs, outputs, density);
      for (const GrowthRule& rule : growth_rules()) {
        for (const std::uint64_t share : {0U, 1U, 2U}) {
          SCOPED_TRACE(testing::Message() << rule.name << " " << layer.shape.inputs << " x "
                                          << layer.shape.outputs << " " << density << " " << share);
          EvolutionPlan plan = plan_of(rule, 0, {0, 0, layer.cells.size() / 2});
          plan.groups = DropGroups::kTogether;
          plan.growth.regrow_dropped = share != 1;
          plan.newborn = {true, WeightInit::kHeSparse, false};
          plan.layers[2].grow = eligible_cells(layer, plan) * share / 2;
          expect_evolution_as_planned(layer, plan, stream);
        }
      }
    }
  }
}

TEST(CudaEvolve, LooksAtTheImageInTheFirstLayer) {
  const Stream stream;
  const ImageShape shape = {3, 5, 4};
  HostLayer layer = random_layer(7, shape.features(), 9, 0.2);
  layer.shape.index = 0;
  EvolutionPlan plan = plan_of(rule_called("pixel_neighbour"), 0);
  plan.layers[0] = {{20, 15, 0}, some_cells(layer, 0.1, 3), 60};
  for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
    for (const bool regrows : {true, false}) {
      plan.growth.image = InputImage{shape, order};
      plan.growth.regrow_dropped = regrows;
      expect_evolution_as_planned(layer, plan, stream);
    }
  }
}

}  // namespace
}  // namespace regrow::cuda

// The evolution of a layer on the device against a loop over all of its cells: the same cells,
// exactly, by either way of counting neighbours.
#include "evolve/evolve.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/plain_evolution.h"
#include "cuda/evolve/views.h"
#include "evolution/drop_counts.h"
#include "evolve/neighbours.h"
#include "regrow/error.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/device_memory.h"
#endif

namespace regrow::cuda {
namespace {

constexpr MaskBudget kFromCells = {0};
constexpr MaskBudget kInMask = {std::numeric_limits<std::size_t>::max()};

GrowthRule rule_called(const std::string& name) {
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.name == name) return rule;
  }
  throw std::logic_error("no such rule");
}

EvolutionPlan plan_of(const GrowthRule& rule, std::uint64_t grow, const LayerDrop& drop = {}) {
  EvolutionPlan plan;
  plan.seed = 11;
  plan.time.number = 17;
  plan.growth.rule = rule;
  plan.reports_grown_cells = true;
  plan.layers.resize(3);
  plan.layers[2] = {drop, {}, grow};
  return plan;
}

// Evolves on the device and by loops, and expects the same layer and views of it.
void expect_evolution_as_planned(const HostLayer& layer, const EvolutionPlan& plan,
                                 const Stream& stream) {
  const PlainEvolution expected = plain_evolve(layer, plan);
  for (const MaskBudget budget : {kFromCells, kInMask}) {
    SCOPED_TRACE(budget.bytes > 0 ? "in the mask" : "from the cells");
    Topology topology(layer.shape, layer.cells.size(), stream);
    topology.assign(upload(layer, stream));
    const EvolvedConnections evolved =
        evolve(topology.connections(), plan, layer.shape, budget, stream);
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

std::uint64_t eligible_cells(const HostLayer& layer, const EvolutionPlan& plan) {
  EvolutionPlan nothing_grows = plan;
  nothing_grows.layers[layer.shape.index].grow = 0;
  const DropReport dropped = plain_evolve(layer, nothing_grows).report.dropped;
  return layer.cell_count() - dropped.remaining -
         (plan.growth.regrow_dropped ? 0 : dropped.dropped());
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
  plan.newborn.keep_momentum_of_regrown = *rc::gen::arbitrary<bool>();
  plan.reports_grown_cells = *rc::gen::arbitrary<bool>();
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
          plan.newborn = {true, WeightInit::kLecunSparse, true};
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

HostLayer single_cell(std::uint64_t cell) {
  HostLayer layer;
  layer.shape = {2, 10, 8};
  layer.cells = {cell};
  draw_values(1, layer);
  layer.weights = {1};
  return layer;
}

TEST(CudaEvolve, FillsAShortfallFromTheOtherCells) {
  const Stream stream;
  for (const MaskBudget budget : {kFromCells, kInMask}) {
    const EvolutionPlan plan = plan_of(rule_called("one_neighbour"), 20);
    const EvolvedConnections evolved =
        evolve(upload(single_cell(44), stream), plan, {2, 10, 8}, budget, stream);
    EXPECT_EQ(evolved.report.grown, (GrowReport{.grown = 20, .filled = 12}));
    const HostLayer after = download(evolved.connections, {2, 10, 8});
    for (const std::uint64_t cell : {33U, 34U, 35U, 43U, 45U, 53U, 54U, 55U}) {
      EXPECT_TRUE(std::binary_search(after.cells.begin(), after.cells.end(), cell));
    }
    EXPECT_EQ(after.cells.size(), 21U);
    EXPECT_EQ(evolved.report.grown_cells, without(after, {44}).cells);
  }
}

// A table says which cells come first, and which come never but to fill.
TEST(CudaEvolve, TakesTheRanksOfATable) {
  const Stream stream;
  HostLayer layer;
  layer.shape = {2, 10, 8};
  layer.cells = {33, 35};  // 34 has two neighbours; 23 to 26, 43 to 46 and more have one or two
  draw_values(1, layer);
  layer.weights = {1, 1};
  const GrowthRule two_first = {"two_first", {-1, 0, 5, -1, -1, -1, -1, -1, -1}};
  const GrowthRule lonely = {"lonely", {1, -1, 0, -1, -1, -1, -1, -1, -1}};
  for (const MaskBudget budget : {kFromCells, kInMask}) {
    const auto grown_by = [&](const GrowthRule& rule, std::uint64_t count) {
      return evolve(upload(layer, stream), plan_of(rule, count), layer.shape, budget, stream)
          .report;
    };
    EXPECT_EQ(grown_by(two_first, 3).grown_cells, (CellList{24, 34, 44}));
    EXPECT_EQ(grown_by(two_first, 13).grown_cells,
              (CellList{22, 23, 24, 25, 26, 32, 34, 36, 42, 43, 44, 45, 46}));
    EXPECT_EQ(grown_by(two_first, 13).grown.filled, 0U);
    EXPECT_EQ(grown_by(two_first, 14).grown.filled, 1U);
    for (const std::uint64_t cell : grown_by(lonely, 65).grown_cells) {
      EXPECT_TRUE(cell % 10 < 2 || cell % 10 > 6 || cell < 20 || cell > 47) << cell;
    }
    EXPECT_EQ(grown_by(lonely, 65 + 3).grown, (GrowReport{68, 0}));
    EXPECT_EQ(grown_by(lonely, 65 + 4).grown, (GrowReport{69, 1}));
  }
}

TEST(CudaEvolve, WhatHasJustDroppedStaysAwayIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 30, 20, 0.5);
  for (const GrowthRule& rule : growth_rules()) {
    for (const MaskBudget budget : {kFromCells, kInMask}) {
      EvolutionPlan plan = plan_of(rule, 0, {0, 0, 100});
      plan.groups = DropGroups::kTogether;
      plan.growth.regrow_dropped = false;
      plan.layers[2].grow = eligible_cells(layer, plan);
      const EvolvedConnections evolved =
          evolve(upload(layer, stream), plan, layer.shape, budget, stream);
      for (const std::uint64_t cell : evolved.report.grown_cells) {
        EXPECT_FALSE(std::binary_search(layer.cells.begin(), layer.cells.end(), cell));
      }
      EXPECT_EQ(evolved.connections.count, layer.cell_count() - 100);
      ++plan.layers[2].grow;
      EXPECT_THROW(evolve(upload(layer, stream), plan, layer.shape, budget, stream),
                   std::logic_error);
    }
  }
}

TEST(CudaEvolve, RegrownConnectionsKeepTheirMomentumOnlyIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 6, 5, 1.0);
  for (const bool keep : {false, true}) {
    EvolutionPlan plan = plan_of(rule_called("random"), 10, {0, 0, 10});
    plan.groups = DropGroups::kTogether;
    plan.newborn.keep_momentum_of_regrown = keep;
    const HostLayer after = download(
        evolve(upload(layer, stream), plan, layer.shape, kInMask, stream).connections, layer.shape);
    EXPECT_EQ(std::count(after.momentum.begin(), after.momentum.end(), 0.0F), keep ? 0 : 10);
    EXPECT_EQ(after.momentum == layer.momentum, keep);
  }
}

// Between two steps other cells grow than at the end of an epoch of the same number.
TEST(CudaEvolve, WithinAnEpochHasChoicesOfItsOwn) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 40, 30, 0.1);
  EvolutionPlan plan = plan_of(rule_called("random"), 50);
  plan.newborn.fresh_weights = true;
  const auto grown = [&] {
    return evolve(upload(layer, stream), plan, layer.shape, kInMask, stream).report.grown_cells;
  };
  const CellList at_the_end = grown();
  plan.time.is_within_epoch = true;
  EXPECT_NE(grown(), at_the_end);
  expect_evolution_as_planned(layer, plan, stream);
}

TEST(CudaEvolve, ListsGrownCellsOnlyIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 40, 30, 0.1);
  EvolutionPlan plan = plan_of(rule_called("random"), 50);
  plan.reports_grown_cells = false;
  const auto report = evolve(upload(layer, stream), plan, layer.shape, kInMask, stream).report;
  EXPECT_EQ(report.grown.grown, 50U);
  EXPECT_TRUE(report.grown_cells.empty());
}

#if defined(REGROW_CUDA_EMULATED)
TEST(CudaEvolve, MakesAMaskWithinItsBudgetOnly) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  const EvolutionPlan plan = plan_of(rule_called("one_neighbour"), 100);
  const std::size_t bytes = mask_bytes(layer.shape);
  const emulation::ScopedCapacity no_room_for_a_mask(emulation::live_bytes() + (1 << 20));
  const auto evolving = [&](std::size_t budget) {
    return evolve(upload(layer, stream), plan, layer.shape, {budget}, stream).report.grown.grown;
  };
  EXPECT_EQ(evolving(bytes - 1), 100U);
  EXPECT_THROW(evolving(bytes), Error);
}
#endif

TEST(CudaEvolve, RefusesPlansThatDoNotFit) {
  const Stream stream;
  const auto evolving = [&](const EvolutionPlan& plan) {
    return evolve(upload(single_cell(44), stream), plan, {2, 10, 8}, kInMask, stream)
        .connections.count;
  };
  EXPECT_EQ(evolving(plan_of(rule_called("random"), 79)), 80U);
  EXPECT_THROW(evolving(plan_of(rule_called("random"), 80)), std::logic_error);
  EXPECT_THROW(evolving(plan_of(rule_called("most_neighbours"), 80)), std::logic_error);
  EvolutionPlan short_plan = plan_of(rule_called("random"), 1);
  short_plan.layers.pop_back();
  EXPECT_THROW(evolving(short_plan), std::logic_error);
}

}  // namespace
}  // namespace regrow::cuda

// What the parts of a plan do to a layer on the device, by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/evolve_plans.h"
#include "evolve/evolve.h"
#include "evolve/neighbours.h"
#include "regrow/error.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/device_memory.h"
#endif

namespace regrow::cuda {
namespace {

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
  const DeviceBatch<float> batch(whole_batch(9, layer.shape, 5), stream);
  const ScoredBatch scored = {batch.view()};
  for (const GrowthRule& rule : growth_rules()) {
    for (const MaskBudget budget : {kFromCells, kInMask}) {
      EvolutionPlan plan = plan_of(rule, 0, {0, 0, 100});
      plan.groups = DropGroups::kTogether;
      plan.growth.regrow_dropped = false;
      plan.layers[2].grow = eligible_cells(layer, plan);
      const EvolvedConnections evolved =
          evolve(upload(layer, stream), plan, layer.shape, budget, stream, &scored);
      for (const std::uint64_t cell : evolved.report.grown_cells) {
        EXPECT_FALSE(std::binary_search(layer.cells.begin(), layer.cells.end(), cell));
      }
      EXPECT_EQ(evolved.connections.count, layer.cell_count() - 100);
      ++plan.layers[2].grow;
      EXPECT_THROW(evolve(upload(layer, stream), plan, layer.shape, budget, stream, &scored),
                   std::logic_error);
    }
  }
}

TEST(CudaEvolve, RegrownConnectionsKeepTheirSlotsOnlyIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 6, 5, 1.0);
  for (const bool keep : {false, true}) {
    EvolutionPlan plan = plan_of(rule_called("random"), 10, {0, 0, 10});
    plan.groups = DropGroups::kTogether;
    plan.newborn.keep_slots_of_regrown = keep;
    const HostLayer after = download(
        evolve(upload(layer, stream), plan, layer.shape, kInMask, stream).connections, layer.shape);
    for (std::size_t s = 0; s < layer.slots.size(); ++s) {
      EXPECT_EQ(std::count(after.slots[s].begin(), after.slots[s].end(), 0.0F), keep ? 0 : 10);
      EXPECT_EQ(after.slots[s] == layer.slots[s], keep);
    }
  }
}

TEST(CudaEvolve, RegrownConnectionsKeepTheirWeightsOnlyIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 6, 5, 1.0);
  for (const bool fresh : {false, true}) {
    for (const bool keep : {false, true}) {
      EvolutionPlan plan = plan_of(rule_called("random"), 10, {0, 0, 10});
      plan.groups = DropGroups::kTogether;
      plan.newborn.fresh_weights = fresh;
      plan.newborn.keep_weights_of_regrown = keep;
      const EvolvedConnections evolved =
          evolve(upload(layer, stream), plan, layer.shape, kInMask, stream);
      EXPECT_EQ(evolved.report.dropped_cells, evolved.report.grown_cells);
      const HostLayer after = download(evolved.connections, layer.shape);
      EXPECT_EQ(after.weights == layer.weights, keep);
      EXPECT_NE(after.slots, layer.slots) << "slots do not follow the weights";
    }
  }
}

// Between two steps other cells grow than at the end of an epoch of the same number.
TEST(CudaEvolve, WithinAnEpochHasChoicesOfItsOwn) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 40, 30, 0.1);
  EvolutionPlan plan = plan_of(rule_called("random"), 50);
  plan.newborn.fresh_weights = true;
  const auto evolved = [&] {
    return evolve(upload(layer, stream), plan, layer.shape, kInMask, stream);
  };
  const CellList at_the_end = evolved().report.grown_cells;
  plan.time.is_within_epoch = true;
  const EvolvedConnections within = evolved();
  EXPECT_NE(within.report.grown_cells, at_the_end);
  expect_equal(download(within.connections, layer.shape), plain_evolve(layer, plan).layer);
}

TEST(CudaEvolve, ListsCellsOnlyIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 40, 30, 0.1);
  EvolutionPlan plan = plan_of(rule_called("random"), 50, {0, 0, 20});
  plan.groups = DropGroups::kTogether;
  plan.reports_cells = false;
  const auto report = evolve(upload(layer, stream), plan, layer.shape, kInMask, stream).report;
  EXPECT_EQ(report.grown.grown, 50U);
  EXPECT_EQ(report.dropped.dropped(), 20U);
  EXPECT_TRUE(report.grown_cells.empty());
  EXPECT_TRUE(report.dropped_cells.empty());
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
  EXPECT_THROW(evolving(plan_of(rule_called("gradient"), 1)), std::logic_error) << "of no batch";
}

}  // namespace
}  // namespace regrow::cuda

// Growth on the device against the reference, which enumerates every cell: the same cells, exactly,
// by either way of counting neighbours.
#include "evolve/grow.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "cpu/grow.h"
#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/views.h"
#include "evolve/drop.h"
#include "evolve/neighbours.h"
#include "reference/drop.h"
#include "reference/grow.h"
#include "regrow/error.h"
#include "regrow/policy.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/device_memory.h"
#endif

namespace regrow::cuda {
namespace {

constexpr std::size_t kFromCells = 0;  // no budget for a mask
constexpr std::size_t kInMask = std::numeric_limits<std::size_t>::max();

GrowPlan plan_of(const GrowthRule& rule, std::uint64_t count) {
  GrowPlan plan;
  plan.seed = 11;
  plan.time = 17;
  plan.rule = rule;
  plan.counts = {0, 0, count};
  return plan;
}

// Drops and grows on the device and by the reference, and expects the same layer and views of it.
void expect_evolution_as_reference(const HostLayer& layer, DropRule rule, const LayerDrop& drops,
                                   const GrowPlan& plan, const Stream& stream) {
  reference::ReferenceLayer expected = reference_of(layer);
  reference::drop(rule, drops, expected);
  const GrowReport report = reference::grow(plan, layer.shape.index, expected);
  for (const std::size_t budget : {kFromCells, kInMask}) {
    SCOPED_TRACE(budget == kInMask ? "in the mask" : "from the cells");
    Topology topology(layer.shape, layer.cells.size(), stream);
    topology.assign(upload(layer, stream));
    const DropOutcome dropped = drop(topology.connections(), rule, drops, stream);
    const GrowOutcome grown =
        grow(dropped.kept, dropped.dropped, plan, layer.shape, budget, stream);
    EXPECT_EQ(grown.report, report);
    const HostLayer after = download(grown.connections, layer.shape);
    expect_equal(after, expected);
    topology.assign(grown.connections);
    expect_views_of(after, topology, stream);
  }
}

// Any table: equal ranks, gaps, ranks that no cell has, cells without a neighbour anywhere.
GrowthRule any_rule() {
  GrowthRule rule;
  rule.name = "any";
  for (std::int8_t& rank : rule.rank_of_count) {
    rank = static_cast<std::int8_t>(*rc::gen::inRange(-1, 5));
  }
  return rule;
}

RC_GTEST_PROP(CudaGrow, TakesExactlyTheReferencesCells, ()) {
  const Stream stream;
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const HostLayer layer = random_layer(seed, *rc::gen::inRange<std::uint32_t>(1, 70),
                                       *rc::gen::inRange<std::uint32_t>(1, 50),
                                       *rc::gen::element(0.0, 0.02, 0.1, 0.5, 0.95, 1.0));
  WeightCounts counts;
  for (const float weight : layer.weights) {
    counts.negatives += weight < 0 ? 1 : 0;
    counts.positives += weight > 0 ? 1 : 0;
    counts.zeros += weight == 0 ? 1 : 0;
  }
  const auto rule = *rc::gen::element(DropRule::kPerSign, DropRule::kMagnitude);
  const LayerDrop drops =
      drop_counts(rule, counts, *rc::gen::element<std::uint32_t>(0, 300'000, 1'000'000));
  const std::uint64_t gone = rule == DropRule::kPerSign
                                 ? drops.negatives + drops.positives + counts.zeros
                                 : drops.smallest;
  const double free_cells = static_cast<double>(layer.cell_count() - layer.cells.size() + gone);
  const auto share = *rc::gen::element(0.0, 0.01, 0.3, 0.9, 1.0);

  const auto row = *rc::gen::inRange<std::size_t>(0, growth_rules().size() + 1);
  GrowPlan plan = plan_of(row < growth_rules().size() ? growth_rules()[row] : any_rule(),
                          static_cast<std::uint64_t>(share * free_cells));
  plan.seed = seed + 1;
  plan.tie = *rc::gen::element(TieRule::kRandom, TieRule::kByIndex);
  plan.neighbourhood =
      *rc::gen::element(Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4);
  plan.fresh_weights = *rc::gen::arbitrary<bool>();
  plan.init =
      *rc::gen::element(WeightInit::kGlorotDense, WeightInit::kLecunSparse, WeightInit::kHeSparse);
  plan.keep_momentum_of_regrown = *rc::gen::arbitrary<bool>();
  expect_evolution_as_reference(layer, rule, drops, plan, stream);
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(CudaGrow, AgreesForEveryRuleNeighbourhoodTieAndDropRuleInEveryThreadOrder) {
  const Stream stream;
  const HostLayer layer = random_layer(2, 45, 23, 0.2);
  for (const GrowthRule& rule : growth_rules()) {
    for (const Neighbourhood neighbourhood :
         {Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4}) {
      for (const TieRule tie : {TieRule::kRandom, TieRule::kByIndex}) {
        for (const DropRule drop_rule : {DropRule::kPerSign, DropRule::kMagnitude}) {
          GrowPlan plan = plan_of(rule, 90);
          plan.neighbourhood = neighbourhood;
          plan.tie = tie;
          plan.fresh_weights = true;
          plan.init = WeightInit::kLecunSparse;
          plan.keep_momentum_of_regrown = true;
          in_every_thread_order([&] {
            expect_evolution_as_reference(layer, drop_rule, {20, 30, 60}, plan, stream);
          });
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

TEST(CudaGrow, AgreesBeyondTheSmallBijection) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 170, 90, 0.1);
  for (const GrowthRule& rule : growth_rules()) {
    for (const std::uint64_t count : kCountsOfALargerLayer) {
      SCOPED_TRACE(testing::Message() << rule.name << ", " << count);
      expect_evolution_as_reference(layer, DropRule::kPerSign, {200, 200, 0}, plan_of(rule, count),
                                    stream);
    }
  }
}

TEST(CudaGrow, AgreesOnTinyFullAndEmptyLayers) {
  const Stream stream;
  constexpr std::uint32_t kSampled[][2] = {{1, 1}, {1, 9}, {9, 1}, {1, 300}, {300, 1}, {33, 2}};
  for (const auto& [inputs, outputs] : kSampled) {
    for (const double density : {0.0, 0.3, 1.0}) {
      const HostLayer layer = random_layer(3, inputs, outputs, density);
      const std::uint64_t left = layer.cells.size() - layer.cells.size() / 2;
      for (const GrowthRule& rule : growth_rules()) {
        for (const std::uint64_t share : {0U, 1U, 2U}) {
          SCOPED_TRACE(testing::Message() << rule.name << " " << inputs << " x " << outputs << " "
                                          << density << " " << share);
          GrowPlan plan = plan_of(rule, (layer.cell_count() - left) * share / 2);
          plan.fresh_weights = true;
          plan.init = WeightInit::kHeSparse;
          expect_evolution_as_reference(layer, DropRule::kMagnitude, {0, 0, layer.cells.size() / 2},
                                        plan, stream);
        }
      }
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

TEST(CudaGrow, FillsAShortfallFromTheOtherCells) {
  const Stream stream;
  for (const std::size_t budget : {kFromCells, kInMask}) {
    const Connections kept = upload(single_cell(44), stream);
    const GrowPlan plan = plan_of(growth_rule("one_neighbour"), 20);
    const GrowOutcome outcome = grow(kept, Connections{}, plan, {2, 10, 8}, budget, stream);
    EXPECT_EQ(outcome.report, (GrowReport{.grown = 20, .filled = 12}));
    const HostLayer after = download(outcome.connections, {2, 10, 8});
    for (const std::uint64_t cell : {33U, 34U, 35U, 43U, 45U, 53U, 54U, 55U}) {
      EXPECT_TRUE(std::binary_search(after.cells.begin(), after.cells.end(), cell));
    }
    EXPECT_EQ(after.cells.size(), 21U);
  }
}

TEST(CudaGrow, RegrownConnectionsKeepTheirMomentumOnlyIfAsked) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 6, 5, 1.0);
  for (const bool keep : {false, true}) {
    const DropOutcome dropped =
        drop(upload(layer, stream), DropRule::kMagnitude, {0, 0, 10}, stream);
    GrowPlan plan = plan_of(growth_rule("random"), 10);
    plan.keep_momentum_of_regrown = keep;
    const GrowOutcome grown =
        grow(dropped.kept, dropped.dropped, plan, layer.shape, kInMask, stream);
    const HostLayer after = download(grown.connections, layer.shape);
    EXPECT_EQ(std::count(after.momentum.begin(), after.momentum.end(), 0.0F), keep ? 0 : 10);
    EXPECT_EQ(after.momentum == layer.momentum, keep);
  }
}

TEST(CudaGrow, NumbersCellsBeyond32BitsAsTheCpuDoes) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  cpu::ThreadPool pool(1);
  for (const GrowthRule& rule : growth_rules()) {
    for (const std::uint64_t count : {100U, 3000U}) {
      SCOPED_TRACE(testing::Message() << rule.name << ", " << count);
      GrowPlan plan = plan_of(rule, count);
      plan.fresh_weights = true;
      plan.init = WeightInit::kLecunSparse;
      cpu::Connections expected = {layer.cells, layer.weights, layer.momentum};
      const GrowReport report =
          cpu::grow_connections(expected, cpu::Connections{}, plan,
                                {layer.shape.index, layer.shape.inputs, layer.shape.outputs}, pool);
      const GrowOutcome outcome =
          grow(upload(layer, stream), Connections{}, plan, layer.shape, kFromCells, stream);
      EXPECT_EQ(outcome.report, report);
      const HostLayer after = download(outcome.connections, layer.shape);
      EXPECT_EQ(after.cells, expected.cells);
      EXPECT_EQ(after.weights, expected.weights);
      EXPECT_EQ(after.momentum, expected.momentum);
    }
  }
}

#if defined(REGROW_CUDA_EMULATED)
TEST(CudaGrow, MakesAMaskWithinItsBudgetOnly) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  const Connections kept = upload(layer, stream);
  const GrowPlan plan = plan_of(growth_rule("one_neighbour"), 100);
  const std::size_t bytes = mask_bytes(layer.shape);
  const emulation::ScopedCapacity no_room_for_a_mask(emulation::live_bytes() + (1 << 20));
  EXPECT_EQ(grow(kept, Connections{}, plan, layer.shape, bytes - 1, stream).report.grown, 100U);
  EXPECT_THROW(grow(kept, Connections{}, plan, layer.shape, bytes, stream), Error);
}
#endif

TEST(CudaGrow, RefusesPlansThatDoNotFit) {
  const Stream stream;
  const Connections kept = upload(single_cell(44), stream);
  const auto growing = [&](const GrowPlan& plan) {
    return grow(kept, Connections{}, plan, {2, 10, 8}, kInMask, stream).connections.count;
  };
  EXPECT_EQ(growing(plan_of(growth_rule("random"), 79)), 80U);
  EXPECT_THROW(growing(plan_of(growth_rule("random"), 80)), std::logic_error);
  GrowPlan short_plan = plan_of(growth_rule("random"), 1);
  short_plan.counts.pop_back();
  EXPECT_THROW(growing(short_plan), std::logic_error);
}

}  // namespace
}  // namespace regrow::cuda

// Dropping on the device, against a loop and by hand.
#include "evolve/drop.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/plain_evolution.h"
#include "evolution/drop_counts.h"

namespace regrow::cuda {
namespace {

constexpr float kTiny = std::numeric_limits<float>::denorm_min();

HostLayer row_of(const std::vector<float>& weights) {
  HostLayer layer;
  layer.shape = {2, static_cast<std::uint32_t>(weights.size()) + 1, 1};
  layer.weights = weights;
  layer.slots.resize(2);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    layer.cells.push_back(i + 1);
    layer.slots[0].push_back(static_cast<float>(i) + 0.5F);
    layer.slots[1].push_back(static_cast<float>(i) + 100);
  }
  return layer;
}

DropOutcome drop_of(const HostLayer& layer, DropGroups groups, const LayerDrop& plan,
                    const Stream& stream, const CellList& protected_cells = {}) {
  const Cells cells = upload_cells(protected_cells, stream);
  return drop(upload(layer, stream), groups, plan, set_of(cells), stream);
}

CellList dropped_cells(const DropOutcome& outcome) {
  return outcome.dropped.cells.download(outcome.dropped.count);
}

// Drops on the device and by a loop; expects the same report, and the same cells left.
void expect_drop_as_planned(const HostLayer& layer, DropGroups groups, const LayerDrop& plan,
                            const CellList& protected_cells, const Stream& stream) {
  const DropOutcome outcome = drop_of(layer, groups, plan, stream, protected_cells);
  DropReport report;
  const CellList gone = detail::plain_drop(layer, groups, plan, protected_cells, report);
  EXPECT_EQ(outcome.report, report);
  EXPECT_EQ(dropped_cells(outcome), gone);
  expect_equal(download(outcome.kept, layer.shape), without(layer, gone));
  for (std::size_t s = 0; s < layer.slots.size(); ++s) {
    std::vector<float> slot;
    for (std::size_t i = 0; i < layer.cells.size(); ++i) {
      if (detail::is_in(gone, layer.cells[i])) slot.push_back(layer.slots[s][i]);
    }
    EXPECT_EQ(outcome.dropped.weights.slots[s].download(outcome.dropped.count), slot);
  }
}

RC_GTEST_PROP(CudaDrop, TakesExactlyTheCellsOfALoop, ()) {
  const Stream stream;
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const HostLayer layer = random_layer(seed, *rc::gen::inRange<std::uint32_t>(1, 40),
                                       *rc::gen::inRange<std::uint32_t>(1, 40),
                                       *rc::gen::element(0.0, 0.02, 0.1, 0.5, 1.0));
  const CellList protected_cells = some_cells(layer, *rc::gen::element(0.0, 0.2, 0.9, 1.0), seed);
  const HostLayer candidates = without(layer, protected_cells);
  const WeightCounts counts = signs_of(candidates);
  const auto up_to = [](std::uint64_t most) {
    return *rc::gen::inRange<std::uint64_t>(0, most + 1);
  };
  for (const DropGroups groups : {DropGroups::kBySign, DropGroups::kTogether}) {
    LayerDrop plan = {up_to(counts.negatives), up_to(counts.positives),
                      up_to(candidates.cells.size())};
    in_every_thread_order(
        [&] { expect_drop_as_planned(layer, groups, plan, protected_cells, stream); });
    const auto zeta = *rc::gen::element<std::uint32_t>(0, 300'000, 1'000'000);
    plan = drop_counts(groups == DropGroups::kBySign ? DropRule::kPerSign : DropRule::kMagnitude,
                       counts, zeta);
    expect_drop_as_planned(layer, groups, plan, protected_cells, stream);
  }
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(CudaDrop, TiesGoToTheLowerCell) {
  const Stream stream;
  const HostLayer layer = row_of({2, -1, 1, -1, 1, -1, 1, 3});
  const DropOutcome by_sign = drop_of(layer, DropGroups::kBySign, {2, 1, 0}, stream);
  EXPECT_EQ(dropped_cells(by_sign), (std::vector<std::uint64_t>{2, 3, 4}));
  const DropOutcome pooled = drop_of(layer, DropGroups::kTogether, {0, 0, 3}, stream);
  EXPECT_EQ(dropped_cells(pooled), (std::vector<std::uint64_t>{2, 3, 4}));
  EXPECT_EQ(pooled.report, (DropReport{.negatives = 2, .positives = 1, .remaining = 5}));
}

TEST(CudaDrop, TakesZerosOfBothSignsPerSignAndOnlyAsAskedByMagnitude) {
  const Stream stream;
  const HostLayer layer = row_of({-0.0F, kTiny, 0, -kTiny, -0.0F});
  const DropOutcome by_sign = drop_of(layer, DropGroups::kBySign, {0, 0, 0}, stream);
  EXPECT_EQ(by_sign.report, (DropReport{.zeros = 3, .remaining = 2}));
  EXPECT_EQ(by_sign.kept.weights.values.download(2), (std::vector<float>{kTiny, -kTiny}));
  const DropOutcome pooled = drop_of(layer, DropGroups::kTogether, {0, 0, 4}, stream);
  EXPECT_EQ(pooled.report, (DropReport{.positives = 1, .zeros = 3, .remaining = 1}));
  EXPECT_EQ(pooled.kept.cells.download(1), (std::vector<std::uint64_t>{4}));
}

TEST(CudaDrop, NumbersCellsBeyond32Bits) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  const DropOutcome outcome =
      drop_of(layer, DropGroups::kTogether, {0, 0, layer.cells.size() / 2}, stream);
  std::vector<std::uint64_t> all = outcome.kept.cells.download(outcome.kept.count);
  const std::vector<std::uint64_t> gone = outcome.dropped.cells.download(outcome.dropped.count);
  all.insert(all.end(), gone.begin(), gone.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, layer.cells);
}

// By sign every candidate that is a zero drops; those that are protected stay.
TEST(CudaDrop, LeavesTheProtectedWhateverTheirWeight) {
  const Stream stream;
  const HostLayer layer = row_of({0, -1, 1, -0.0F, 2, -2, 0});
  const DropOutcome by_sign = drop_of(layer, DropGroups::kBySign, {1, 1, 0}, stream, {1, 2, 4});
  EXPECT_EQ(dropped_cells(by_sign), (CellList{3, 6, 7}));
  EXPECT_EQ(by_sign.report, (DropReport{1, 1, 1, 4}));
  const DropOutcome pooled = drop_of(layer, DropGroups::kTogether, {0, 0, 3}, stream, {1, 2, 4});
  EXPECT_EQ(dropped_cells(pooled), (CellList{3, 5, 7}));
  const CellList& all = layer.cells;
  EXPECT_EQ(drop_of(layer, DropGroups::kTogether, {}, stream, all).report.remaining, 7U);
  EXPECT_EQ(drop_of(layer, DropGroups::kBySign, {}, stream, all).report.remaining, 7U);
}

TEST(CudaDrop, TakesEveryCandidateBeforeAProtectedOneEvenWhatIsNotANumber) {
  const Stream stream;
  const float last = std::bit_cast<float>(0x7FFFFFFFU);
  const float infinity = std::numeric_limits<float>::infinity();
  const HostLayer layer = row_of({0.5F, infinity, last});
  for (const DropGroups groups : {DropGroups::kBySign, DropGroups::kTogether}) {
    const DropOutcome outcome = drop_of(layer, groups, {0, 2, 2}, stream, {1});
    EXPECT_EQ(dropped_cells(outcome), (CellList{2, 3}));
  }
}

TEST(CudaDrop, RefusesToDropMoreThanThereIs) {
  const Stream stream;
  const HostLayer layer = row_of({1, -1, 2, 0});
  const auto dropping = [&](DropGroups groups, const LayerDrop& plan, const CellList& cells = {}) {
    drop_of(layer, groups, plan, stream, cells);
  };
  EXPECT_NO_THROW(dropping(DropGroups::kBySign, {1, 2, 0}));
  EXPECT_THROW(dropping(DropGroups::kBySign, {2, 0, 0}), std::logic_error);
  EXPECT_THROW(dropping(DropGroups::kBySign, {0, 3, 0}), std::logic_error);
  EXPECT_THROW(dropping(DropGroups::kBySign, {0, 2, 0}, {3}), std::logic_error);
  EXPECT_NO_THROW(dropping(DropGroups::kTogether, {0, 0, 4}));
  EXPECT_THROW(dropping(DropGroups::kTogether, {0, 0, 5}), std::logic_error);
  EXPECT_THROW(dropping(DropGroups::kTogether, {0, 0, 4}, {4}), std::logic_error);
}

TEST(CudaDrop, RefusesToProtectWhatIsNoConnection) {
  const Stream stream;
  const HostLayer layer = row_of({1, -1, 2, 0});
  EXPECT_NO_THROW(drop_of(layer, DropGroups::kTogether, {}, stream, {1, 4}));
  EXPECT_THROW(drop_of(layer, DropGroups::kTogether, {}, stream, {0}), std::logic_error);
  EXPECT_THROW(drop_of(layer, DropGroups::kTogether, {}, stream, {4, 9}), std::logic_error);
}

}  // namespace
}  // namespace regrow::cuda

// Counting signs and dropping on the device, against the reference and by hand.
#include "evolve/drop.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "reference/drop.h"
#include "regrow/policy.h"
#include "support/edge_values.h"

namespace regrow::cuda {
namespace {

constexpr float kTiny = std::numeric_limits<float>::denorm_min();

HostLayer row_of(const std::vector<float>& weights) {
  HostLayer layer;
  layer.shape = {2, static_cast<std::uint32_t>(weights.size()) + 1, 1};
  layer.weights = weights;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    layer.cells.push_back(i + 1);
    layer.momentum.push_back(static_cast<float>(i) + 0.5F);
  }
  return layer;
}

WeightCounts counted(const std::vector<float>& values, bool only_finite, const Stream& stream) {
  DeviceArray<WeightCounts> counts(1, "counts", stream);
  counts.zero();
  const DeviceArray<float> device_values(std::span<const float>(values), "values", stream);
  count_weights(device_values.data(), values.size(), only_finite, counts.data(), stream);
  return counts.download()[0];
}

TEST(CudaCountWeights, TellsSignsZerosAndWhatIsNotFinite) {
  const Stream stream;
  const std::vector<float> values = tests::weights_of_every_sign();
  in_every_thread_order([&] {
    EXPECT_EQ(counted(values, false, stream),
              (WeightCounts{.negatives = 3, .positives = 4, .zeros = 2, .non_finite = 4}));
    EXPECT_EQ(counted(values, true, stream), (WeightCounts{.non_finite = 4}));
    EXPECT_EQ(counted({}, false, stream), WeightCounts{});
  });
}

TEST(CudaCountWeights, AddsOverManyBlocks) {
  const Stream stream;
  const std::vector<float> values(1000, -1.5F);
  DeviceArray<WeightCounts> counts(1, "counts", stream);
  counts.upload(std::vector<WeightCounts>{{1, 2, 3, 4}});
  const DeviceArray<float> device_values(std::span<const float>(values), "values", stream);
  count_weights(device_values.data(), values.size(), false, counts.data(), stream);
  EXPECT_EQ(counts.download()[0], (WeightCounts{1001, 2, 3, 4}));
}

// Drops on the device and by the reference; expects the same report, and the same cells left.
void expect_drop_as_reference(const HostLayer& layer, DropRule rule, const LayerDrop& plan,
                              const Stream& stream) {
  const DropOutcome outcome = drop(upload(layer, stream), rule, plan, stream);
  reference::ReferenceLayer expected = reference_of(layer);
  EXPECT_EQ(outcome.report, reference::drop(rule, plan, expected));
  const HostLayer kept = download(outcome.kept, layer.shape);
  std::vector<std::uint64_t> gone;
  std::size_t next = 0;
  for (std::size_t i = 0; i < layer.cells.size(); ++i) {
    if (!expected.mask[layer.cells[i]]) {
      gone.push_back(i);
      continue;
    }
    ASSERT_LT(next, kept.cells.size());
    EXPECT_EQ(kept.cells[next], layer.cells[i]);
    EXPECT_EQ(kept.weights[next], layer.weights[i]);
    EXPECT_EQ(kept.momentum[next], layer.momentum[i]);
    ++next;
  }
  EXPECT_EQ(next, kept.cells.size());
  ASSERT_EQ(outcome.dropped.count, gone.size());
  const std::vector<std::uint64_t> cells = outcome.dropped.cells.download(gone.size());
  const std::vector<float> momentum = outcome.dropped.momentum.download(gone.size());
  for (std::size_t i = 0; i < gone.size(); ++i) {
    EXPECT_EQ(cells[i], layer.cells[gone[i]]);
    EXPECT_EQ(momentum[i], layer.momentum[gone[i]]);
  }
}

WeightCounts signs_of(const HostLayer& layer) {
  WeightCounts counts;
  for (const float weight : layer.weights) {
    counts.negatives += weight < 0 ? 1 : 0;
    counts.positives += weight > 0 ? 1 : 0;
    counts.zeros += weight == 0 ? 1 : 0;
  }
  return counts;
}

RC_GTEST_PROP(CudaDrop, TakesExactlyTheReferencesCells, ()) {
  const Stream stream;
  const HostLayer layer = random_layer(
      *rc::gen::inRange<std::uint64_t>(0, 1000), *rc::gen::inRange<std::uint32_t>(1, 40),
      *rc::gen::inRange<std::uint32_t>(1, 40), *rc::gen::element(0.0, 0.02, 0.1, 0.5, 1.0));
  const WeightCounts counts = signs_of(layer);
  const auto up_to = [](std::uint64_t most) {
    return *rc::gen::inRange<std::uint64_t>(0, most + 1);
  };
  for (const DropRule rule : {DropRule::kPerSign, DropRule::kMagnitude}) {
    LayerDrop plan = {up_to(counts.negatives), up_to(counts.positives), up_to(layer.cells.size())};
    in_every_thread_order([&] { expect_drop_as_reference(layer, rule, plan, stream); });
    plan = drop_counts(rule, counts, *rc::gen::element<std::uint32_t>(0, 300'000, 1'000'000));
    expect_drop_as_reference(layer, rule, plan, stream);
  }
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(CudaDrop, TiesGoToTheLowerCell) {
  const Stream stream;
  const HostLayer layer = row_of({2, -1, 1, -1, 1, -1, 1, 3});
  const DropOutcome by_sign = drop(upload(layer, stream), DropRule::kPerSign, {2, 1, 0}, stream);
  EXPECT_EQ(by_sign.dropped.cells.download(by_sign.dropped.count),
            (std::vector<std::uint64_t>{2, 3, 4}));
  const DropOutcome pooled = drop(upload(layer, stream), DropRule::kMagnitude, {0, 0, 3}, stream);
  EXPECT_EQ(pooled.dropped.cells.download(pooled.dropped.count),
            (std::vector<std::uint64_t>{2, 3, 4}));
  EXPECT_EQ(pooled.report, (DropReport{.negatives = 2, .positives = 1, .remaining = 5}));
}

TEST(CudaDrop, TakesZerosOfBothSignsPerSignAndOnlyAsAskedByMagnitude) {
  const Stream stream;
  const HostLayer layer = row_of({-0.0F, kTiny, 0, -kTiny, -0.0F});
  const DropOutcome by_sign = drop(upload(layer, stream), DropRule::kPerSign, {0, 0, 0}, stream);
  EXPECT_EQ(by_sign.report, (DropReport{.zeros = 3, .remaining = 2}));
  EXPECT_EQ(by_sign.kept.weights.download(2), (std::vector<float>{kTiny, -kTiny}));
  const DropOutcome pooled = drop(upload(layer, stream), DropRule::kMagnitude, {0, 0, 4}, stream);
  EXPECT_EQ(pooled.report, (DropReport{.positives = 1, .zeros = 3, .remaining = 1}));
  EXPECT_EQ(pooled.kept.cells.download(1), (std::vector<std::uint64_t>{4}));
}

TEST(CudaDrop, NumbersCellsBeyond32Bits) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  const DropOutcome outcome =
      drop(upload(layer, stream), DropRule::kMagnitude, {0, 0, layer.cells.size() / 2}, stream);
  std::vector<std::uint64_t> all = outcome.kept.cells.download(outcome.kept.count);
  const std::vector<std::uint64_t> gone = outcome.dropped.cells.download(outcome.dropped.count);
  all.insert(all.end(), gone.begin(), gone.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, layer.cells);
}

TEST(CudaDrop, RefusesToDropMoreThanThereIs) {
  const Stream stream;
  const HostLayer layer = row_of({1, -1, 2, 0});
  const auto dropping = [&](DropRule rule, const LayerDrop& plan) {
    drop(upload(layer, stream), rule, plan, stream);
  };
  EXPECT_NO_THROW(dropping(DropRule::kPerSign, {1, 2, 0}));
  EXPECT_THROW(dropping(DropRule::kPerSign, {2, 0, 0}), std::logic_error);
  EXPECT_THROW(dropping(DropRule::kPerSign, {0, 3, 0}), std::logic_error);
  EXPECT_NO_THROW(dropping(DropRule::kMagnitude, {0, 0, 4}));
  EXPECT_THROW(dropping(DropRule::kMagnitude, {0, 0, 5}), std::logic_error);
}

}  // namespace
}  // namespace regrow::cuda

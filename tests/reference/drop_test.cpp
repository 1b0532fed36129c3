// Dropping on hand-made layers.
#include "reference/drop.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "hand_made.h"

namespace regrow::reference {
namespace {

using tests::layer_of_weights;
using tests::rows_of;

std::string mask_of(const ReferenceLayer& layer) { return rows_of(layer).front(); }

TEST(CountWeights, CountsSignsZerosAndWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  ReferenceLayer layer = layer_of_weights({-1, -0.0, 0, 2, 3, nan, inf});
  layer.momentum[0] = nan;
  layer.biases[0] = -inf;
  layer.bias_momentum[0] = nan;
  EXPECT_EQ(count_weights(layer),
            (WeightCounts{.negatives = 1, .positives = 2, .zeros = 2, .non_finite = 5}));
}

TEST(CountWeights, SkipsInactiveCells) {
  EXPECT_EQ(count_weights(tests::layer_of({"#..", "..#"})), (WeightCounts{.positives = 2}));
}

TEST(PerSignDrop, RemovesTheClosestToZeroOfEachSignAndEveryZero) {
  ReferenceLayer layer = layer_of_weights({-0.3, -0.1, 0.2, 0.05, 0, -0.0, 0.4, -0.2});
  const DropReport report = drop(DropRule::kPerSign, {.negatives = 2, .positives = 1}, layer);
  EXPECT_EQ(mask_of(layer), "#.#...#.");
  EXPECT_EQ(report, (DropReport{.negatives = 2, .positives = 1, .zeros = 2, .remaining = 3}));
  EXPECT_EQ(layer.weights, (std::vector<double>{-0.3, 0, 0.2, 0, 0, 0, 0.4, 0}));
}

TEST(PerSignDrop, DropsZerosEvenWhenNothingElseIsAskedFor) {
  ReferenceLayer layer = layer_of_weights({0, -1, 1});
  EXPECT_EQ(drop(DropRule::kPerSign, {}, layer).zeros, 1U);
  EXPECT_EQ(mask_of(layer), ".##");
}

TEST(PerSignDrop, BreaksTiesByTheLowerCell) {
  ReferenceLayer layer = layer_of_weights({0.5, -0.5, 0.5, -0.5, 0.5});
  drop(DropRule::kPerSign, {.negatives = 1, .positives = 2}, layer);
  EXPECT_EQ(mask_of(layer), "...##");
}

TEST(MagnitudeDrop, IgnoresTheSignAndCountsZerosAmongTheSmallest) {
  ReferenceLayer layer = layer_of_weights({-0.3, 0.1, 0, -0.2, -0.0, 0.25});
  const DropReport report = drop(DropRule::kMagnitude, {.smallest = 4}, layer);
  EXPECT_EQ(mask_of(layer), "#....#");
  EXPECT_EQ(report, (DropReport{.negatives = 1, .positives = 1, .zeros = 2, .remaining = 2}));
}

TEST(MagnitudeDrop, BreaksTiesByTheLowerCellAcrossSigns) {
  ReferenceLayer layer = layer_of_weights({1, -0.5, 0.5, -0.5});
  drop(DropRule::kMagnitude, {.smallest = 2}, layer);
  EXPECT_EQ(mask_of(layer), "#..#");
  ReferenceLayer zeros = layer_of_weights({0, -0.0, 0});
  drop(DropRule::kMagnitude, {.smallest = 2}, zeros);
  EXPECT_EQ(mask_of(zeros), "..#");
}

TEST(Drop, LeavesDenseLayersWhole) {
  ReferenceLayer layer = layer_of_weights({0, 1});
  layer.kind = LayerKind::kDense;
  EXPECT_EQ(drop(DropRule::kPerSign, {.positives = 1}, layer), (DropReport{.remaining = 2}));
  EXPECT_EQ(mask_of(layer), "##");
}

TEST(Drop, RefusesAPlanForMoreThanThereIs) {
  ReferenceLayer layer = layer_of_weights({-1, 1});
  EXPECT_THROW(drop(DropRule::kPerSign, {.negatives = 2}, layer), std::logic_error);
}

}  // namespace
}  // namespace regrow::reference

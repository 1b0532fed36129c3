// Dropping on hand-made layers.
#include "reference/drop.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "hand_made.h"

namespace regrow::reference {
namespace {

using tests::layer_of_weights;
using tests::rows_of;

std::string mask_of(const ReferenceLayer& layer) { return rows_of(layer).front(); }

DropReport drop_by(DropGroups groups, const LayerDrop& counts, ReferenceLayer& layer,
                   const CellList& protected_cells = {}) {
  return drop(groups, {counts, protected_cells, 0}, layer).report;
}

TEST(PerSignDrop, RemovesTheClosestToZeroOfEachSignAndEveryZero) {
  ReferenceLayer layer = layer_of_weights({-0.3, -0.1, 0.2, 0.05, 0, -0.0, 0.4, -0.2});
  const DropReport report = drop_by(DropGroups::kBySign, {.negatives = 2, .positives = 1}, layer);
  EXPECT_EQ(mask_of(layer), "#.#...#.");
  EXPECT_EQ(report, (DropReport{.negatives = 2, .positives = 1, .zeros = 2, .remaining = 3}));
  EXPECT_EQ(layer.weights.values, (std::vector<double>{-0.3, 0, 0.2, 0, 0, 0, 0.4, 0}));
}

TEST(PerSignDrop, DropsZerosEvenWhenNothingElseIsAskedFor) {
  ReferenceLayer layer = layer_of_weights({0, -1, 1});
  EXPECT_EQ(drop_by(DropGroups::kBySign, {}, layer).zeros, 1U);
  EXPECT_EQ(mask_of(layer), ".##");
}

TEST(PerSignDrop, BreaksTiesByTheLowerCell) {
  ReferenceLayer layer = layer_of_weights({0.5, -0.5, 0.5, -0.5, 0.5});
  drop_by(DropGroups::kBySign, {.negatives = 1, .positives = 2}, layer);
  EXPECT_EQ(mask_of(layer), "...##");
}

TEST(MagnitudeDrop, IgnoresTheSignAndCountsZerosAmongTheSmallest) {
  ReferenceLayer layer = layer_of_weights({-0.3, 0.1, 0, -0.2, -0.0, 0.25});
  const DropReport report = drop_by(DropGroups::kTogether, {.smallest = 4}, layer);
  EXPECT_EQ(mask_of(layer), "#....#");
  EXPECT_EQ(report, (DropReport{.negatives = 1, .positives = 1, .zeros = 2, .remaining = 2}));
}

TEST(MagnitudeDrop, BreaksTiesByTheLowerCellAcrossSigns) {
  ReferenceLayer layer = layer_of_weights({1, -0.5, 0.5, -0.5});
  drop_by(DropGroups::kTogether, {.smallest = 2}, layer);
  EXPECT_EQ(mask_of(layer), "#..#");
  ReferenceLayer zeros = layer_of_weights({0, -0.0, 0});
  drop_by(DropGroups::kTogether, {.smallest = 2}, zeros);
  EXPECT_EQ(mask_of(zeros), "..#");
}

TEST(Drop, NeverTakesWhatIsProtected) {
  ReferenceLayer layer = layer_of_weights({-0.1, 0, 0.2, 0.1, -0.3, 0});
  EXPECT_EQ(drop_by(DropGroups::kBySign, {.negatives = 1, .positives = 1}, layer, {0, 1, 3}),
            (DropReport{.negatives = 1, .positives = 1, .zeros = 1, .remaining = 3}));
  EXPECT_EQ(mask_of(layer), "##.#..");
  layer = layer_of_weights({-0.1, 0, 0.2, 0.1, -0.3, 0});
  EXPECT_EQ(drop_by(DropGroups::kTogether, {.smallest = 3}, layer, {0, 1}),
            (DropReport{.positives = 2, .zeros = 1, .remaining = 3}));
  EXPECT_EQ(mask_of(layer), "##..#.");
}

TEST(Drop, SaysWhichCellsWentInAscendingOrder) {
  ReferenceLayer layer = layer_of_weights({0, 1, -1, 0, 2, -2});
  const LayerEvolution plan = {{.negatives = 1, .positives = 1}, {}, 0};
  EXPECT_EQ(drop(DropGroups::kBySign, plan, layer).cells, (CellList{0, 1, 2, 3}));
}

TEST(Drop, LeavesDenseLayersWhole) {
  ReferenceLayer layer = layer_of_weights({0, 1});
  layer.kind = LayerKind::kDense;
  EXPECT_EQ(drop_by(DropGroups::kBySign, {.positives = 1}, layer), (DropReport{.remaining = 2}));
  EXPECT_EQ(mask_of(layer), "##");
}

TEST(Drop, RefusesAPlanForMoreThanThereIs) {
  ReferenceLayer layer = layer_of_weights({-1, 1});
  EXPECT_THROW(drop_by(DropGroups::kBySign, {.negatives = 2}, layer), std::logic_error);
  EXPECT_THROW(drop_by(DropGroups::kTogether, {.smallest = 2}, layer, {0}), std::logic_error);
}

}  // namespace
}  // namespace regrow::reference

// Neighbour counts and growth on hand-made masks, and properties of every growth rule.
#include "reference/grow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "hand_made.h"
#include "regrow/bijection.h"
#include "regrow/policy.h"
#include "support/tiny_data.h"

namespace regrow::reference {
namespace {

using tests::layer_of;
using tests::rows_of;
using Rows = std::vector<std::string>;
using enum Neighbourhood;

GrowPlan plan_of(const std::string& rule, std::uint64_t count, TieRule tie = TieRule::kRandom) {
  GrowPlan plan;
  plan.seed = 11;
  plan.time = 3;
  plan.rule = growth_rule(rule);
  plan.tie = tie;
  plan.counts = {count};
  return plan;
}

TEST(Neighbours, AreEightFourAndFour) {
  const ReferenceLayer layer = layer_of({"###", "#.#", "###"});
  EXPECT_EQ(active_neighbours(layer, 4, kMoore8), 8U);
  EXPECT_EQ(active_neighbours(layer, 4, kCross4), 4U);
  EXPECT_EQ(active_neighbours(layer, 4, kDiagonal4), 4U);
}

TEST(Neighbours, TellCrossFromDiagonal) {
  const ReferenceLayer layer = layer_of({".#.", "..#", "#.."});
  EXPECT_EQ(active_neighbours(layer, 4, kMoore8), 3U);
  EXPECT_EQ(active_neighbours(layer, 4, kCross4), 2U);
  EXPECT_EQ(active_neighbours(layer, 4, kDiagonal4), 1U);
}

TEST(Neighbours, AreFewerInACorner) {
  const ReferenceLayer layer = layer_of({".##", "###", "##."});
  for (const std::uint64_t corner : {0, 8}) {
    EXPECT_EQ(active_neighbours(layer, corner, kMoore8), 3U);
    EXPECT_EQ(active_neighbours(layer, corner, kCross4), 2U);
    EXPECT_EQ(active_neighbours(layer, corner, kDiagonal4), 1U);
  }
}

TEST(Neighbours, DoNotWrapAtTheEdges) {
  const ReferenceLayer layer = layer_of({"...#", "...#", "....", "...."});
  for (const std::uint64_t cell : {0, 4, 8, 12, 13, 14, 15}) {
    EXPECT_EQ(active_neighbours(layer, cell, kMoore8), 0U) << cell;
  }
}

TEST(Neighbours, DoNotCountTheCellItself) {
  EXPECT_EQ(active_neighbours(layer_of({"#"}), 0, kMoore8), 0U);
}

// Two channels of 2 × 3 pixels, 0 1 2 above 3 4 5, and the inputs in either order.
NeighbourSpace pixels_around(Neighbourhood around, InputOrder order) {
  return {around, {{2, 2, 3}, order}};
}

TEST(Neighbours, InAnImageAreOfAllChannelsOfThePixelsAround) {
  for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
    // Active in the second row: both channels of pixel 0 and one of pixel 5. The first row, full,
    // is another neuron's.
    const ReferenceLayer layer = order == InputOrder::kHwc
                                     ? layer_of({"############", "##.........#"})
                                     : layer_of({"############", "#.....#....#"});
    const auto count = [&](Neighbourhood around, std::uint32_t channel, std::uint32_t pixel) {
      return active_neighbours(layer, 12 + feature_index({2, 2, 3}, order, channel, pixel),
                               pixels_around(around, order));
    };
    for (const std::uint32_t channel : {0, 1}) {
      EXPECT_EQ(count(kMoore8, channel, 1), 3U);
      EXPECT_EQ(count(kCross4, channel, 1), 2U);
      EXPECT_EQ(count(kDiagonal4, channel, 1), 1U);
      EXPECT_EQ(count(kMoore8, channel, 2), 1U) << "no wrap from one row of pixels to the next";
      EXPECT_EQ(count(kCross4, channel, 2), 1U);
      EXPECT_EQ(count(kDiagonal4, channel, 2), 0U);
      EXPECT_EQ(count(kMoore8, channel, 5), 0U) << "a pixel's own channels are not around it";
      EXPECT_EQ(count(kMoore8, channel, 3), 2U);
    }
  }
}

TEST(Neighbours, InAnImageBeyondEightCountAsEight) {
  const ReferenceLayer layer = layer_of({"######.........############"});  // 3 × 3 pixels
  EXPECT_EQ(active_neighbours(layer, 13, NeighbourSpace(kMoore8, {{3, 3, 3}, InputOrder::kHwc})),
            8U);
}

TEST(Neighbours, InAnImageOfAnotherSizeAreRefused) {
  EXPECT_THROW(active_neighbours(layer_of({"#."}), 0, pixels_around(kMoore8, InputOrder::kHwc)),
               std::logic_error);
}

TEST(Grow, PixelNeighbourLooksAtTheImageInTheFirstLayerOnly) {
  GrowPlan plan = plan_of("pixel_neighbour", 4, TieRule::kByIndex);
  plan.counts = {4, 3};
  plan.image = InputImage{{2, 2, 3}, InputOrder::kHwc};
  ReferenceLayer first = layer_of({"#...........", "............"});
  grow(plan, 0, first);
  EXPECT_EQ(rows_of(first), (Rows{"#.##..##....", "............"}));  // pixels 1 and 3
  ReferenceLayer second = layer_of({"#...........", "............"});
  grow(plan, 1, second);
  EXPECT_EQ(rows_of(second), (Rows{"##..........", "##.........."}));
}

TEST(Grow, MostNeighboursTakesTheFullestCellsFirst) {
  ReferenceLayer layer = layer_of({"##...",  //
                                   "#...#",  //
                                   ".....",  //
                                   "....."});
  grow(plan_of("most_neighbours", 1), 0, layer);
  EXPECT_EQ(rows_of(layer), (Rows{"##...", "##..#", ".....", "....."}));
}

TEST(Grow, CountsNeighboursOnceForTheWholeEvolution) {
  ReferenceLayer layer = layer_of({"#....."});
  grow(plan_of("most_neighbours", 1), 0, layer);
  EXPECT_EQ(rows_of(layer), (Rows{"##...."}));
  ReferenceLayer other = layer_of({"#.....#"});
  grow(plan_of("one_neighbour", 2), 0, other);
  EXPECT_EQ(rows_of(other), (Rows{"##...##"}));
}

TEST(Grow, TieByIndexTakesTheLowestCells) {
  ReferenceLayer layer = layer_of({"......", "..##..", "......"});
  grow(plan_of("one_neighbour", 3, TieRule::kByIndex), 0, layer);
  EXPECT_EQ(rows_of(layer), (Rows{".###..", "..##..", "......"}));
}

TEST(Grow, RandomTieIsTheBijectionOfTheClass) {
  ReferenceLayer layer = layer_of({"..#...", "......", "...#.."});
  const std::uint32_t layer_index = 1;
  GrowPlan plan = plan_of("most_neighbours", 4);
  plan.counts = {0, 4};
  // By hand: two neighbours have cells 8 and 9; one neighbour has class_1.
  const std::vector<std::uint64_t> one = {1, 3, 7, 10, 14, 16};
  const Bijection bijection(one.size(), plan.seed, Purpose::kGrow, layer_index, plan.time, 1);
  ReferenceLayer expected = layer;
  for (const std::uint64_t cell :
       {std::uint64_t{8}, std::uint64_t{9}, one[bijection(0)], one[bijection(1)]}) {
    expected.mask[cell] = 1;
  }
  grow(plan, layer_index, layer);
  EXPECT_EQ(rows_of(layer), rows_of(expected));
}

TEST(Grow, FillsAShortfallFromTheOtherInactiveCells) {
  ReferenceLayer layer = layer_of({"#.........", "..........", ".........."});
  const GrowPlan plan = plan_of("one_neighbour", 5);
  std::vector<std::uint64_t> others;
  for (std::uint64_t cell = 0; cell < 30; ++cell) {
    if (cell != 0 && cell != 1 && cell != 10 && cell != 11) others.push_back(cell);
  }
  const Bijection bijection(others.size(), plan.seed, Purpose::kGrowShortfall, 0, plan.time);
  ReferenceLayer expected = layer_of({"##........", "##........", ".........."});
  expected.mask[others[bijection(0)]] = 1;
  expected.mask[others[bijection(1)]] = 1;
  EXPECT_EQ(grow(plan, 0, layer), (GrowReport{.grown = 5, .filled = 2}));
  EXPECT_EQ(rows_of(layer), rows_of(expected));
}

TEST(Grow, RefusesAPlanForMoreThanIsFree) {
  ReferenceLayer layer = layer_of({"#."});
  EXPECT_THROW(grow(plan_of("random", 2), 0, layer), std::logic_error);
}

TEST(Grow, DependsOnSeedTimeAndLayer) {
  const auto grown = [](GrowPlan plan, std::uint32_t layer_index) {
    ReferenceLayer layer = layer_of(Rows(6, std::string(10, '.')));
    plan.counts = {20, 20};
    grow(plan, layer_index, layer);
    return rows_of(layer);
  };
  const GrowPlan plan = plan_of("random", 20);
  GrowPlan other_seed = plan;
  other_seed.seed += 1;
  GrowPlan other_time = plan;
  other_time.time += 1;
  EXPECT_EQ(grown(plan, 0), grown(plan, 0));
  EXPECT_NE(grown(plan, 0), grown(plan, 1));
  EXPECT_NE(grown(plan, 0), grown(other_seed, 0));
  EXPECT_NE(grown(plan, 0), grown(other_time, 0));
}

// A cell dropped and grown at once (0), a grown one (1 or 2), a dropped one that stays away.
TEST(Grow, ClearsMomentumOfGrownAndInactiveCells) {
  for (const bool keeps : {false, true}) {
    ReferenceLayer layer = layer_of({"..#"});
    layer.momentum = {0.5, 0, 0.25};  // the drop has left the momentum of cell 0
    GrowPlan plan = plan_of("random", 2);
    plan.keep_momentum_of_regrown = keeps;
    grow(plan, 0, layer);
    EXPECT_EQ(layer.momentum, (std::vector<double>{keeps ? 0.5 : 0, 0, 0.25}));
    EXPECT_EQ(layer.weights, (std::vector<double>{0, 0, 1}));

    layer = layer_of({"..#"});
    layer.momentum = {0.5, 0.5, 0.25};
    plan.counts = {0};
    grow(plan, 0, layer);
    EXPECT_EQ(layer.momentum, (std::vector<double>{0, 0, 0.25}));
  }
}

TEST(Grow, FreshWeightsFollowTheInitLawOnTheGrownFanIn) {
  ReferenceLayer layer = layer_of({"#....", ".....", "#####"});
  GrowPlan plan = plan_of("one_neighbour", 2, TieRule::kByIndex);
  plan.neighbourhood = kCross4;
  plan.fresh_weights = true;
  plan.init = WeightInit::kLecunSparse;
  grow(plan, 0, layer);
  EXPECT_EQ(rows_of(layer), (Rows{"##...", "#....", "#####"}));
  const auto drawn = [&](std::uint64_t cell, double fan_in) {
    const PhiloxBlock block = random_block(plan.seed, Purpose::kGrownWeight, 0, plan.time, cell);
    return double{init_weight(std::sqrt(3 / fan_in), block[0])};
  };
  EXPECT_EQ(layer.weights[1], drawn(1, 2));
  EXPECT_EQ(layer.weights[5], drawn(5, 1));
  EXPECT_EQ(layer.weights[0], 1);  // what was there keeps its weight
}

// Every row of the table, every neighbourhood, from no growth to a full layer.
TEST(EveryGrowthRule, GrowsExactlyAsManyCellsByRankAndNeverAnActiveOne) {
  const LayerState state = tests::tiny_network(4, {14, 12, 2}, 0.15).layers[0];
  const ReferenceLayer before = from_state(state);
  const std::uint64_t free = state.cell_count() - state.cells.size();
  ASSERT_FALSE(growth_rules().empty());
  for (const GrowthRule& rule : growth_rules()) {
    for (const Neighbourhood neighbourhood : {kMoore8, kCross4, kDiagonal4}) {
      for (const TieRule tie : {TieRule::kRandom, TieRule::kByIndex}) {
        for (const std::uint64_t count :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{17}, std::uint64_t{60}, free}) {
          GrowPlan plan = plan_of(std::string(rule.name), count, tie);
          plan.neighbourhood = neighbourhood;
          ReferenceLayer after = before;
          const GrowReport report = grow(plan, 0, after);

          std::uint64_t grown = 0;
          std::uint64_t filled = 0;
          std::int8_t lowest_grown = 127;
          std::int8_t highest_left = -1;
          for (std::uint64_t cell = 0; cell < state.cell_count(); ++cell) {
            if (before.mask[cell]) {
              EXPECT_TRUE(after.mask[cell]);
              EXPECT_EQ(after.weights[cell], before.weights[cell]);
              continue;
            }
            const std::int8_t rank =
                rule.rank_of_count[active_neighbours(before, cell, neighbourhood)];
            if (after.mask[cell]) {
              grown += 1;
              filled += rank == GrowthRule::kNotEligible ? 1 : 0;
              lowest_grown = std::min(lowest_grown, rank);
            } else {
              highest_left = std::max(highest_left, rank);
            }
          }
          EXPECT_EQ(grown, count) << rule.name;
          EXPECT_EQ(report.grown, count) << rule.name;
          EXPECT_EQ(report.filled, filled) << rule.name;
          EXPECT_GE(lowest_grown, highest_left) << rule.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace regrow::reference

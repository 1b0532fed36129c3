// Growth on hand-made masks, and properties of every growth rule.
#include "reference/grow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "hand_made.h"
#include "reference/neighbours.h"
#include "regrow/bijection.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace regrow::reference {
namespace {

using tests::layer_of;
using tests::rows_of;
using Rows = std::vector<std::string>;
using enum Neighbourhood;

/// Grows `count` connections in each of two layers.
EvolutionPlan plan_of(const std::string& rule, std::uint64_t count,
                      TieRule tie = TieRule::kRandom) {
  EvolutionPlan plan;
  plan.seed = 11;
  plan.time.number = 3;
  plan.growth.rule = tests::rule_of(rule);
  plan.growth.tie = tie;
  plan.layers = {{{}, {}, count}, {{}, {}, count}};
  return plan;
}

GrowReport grow_in(ReferenceLayer& layer, const EvolutionPlan& plan, std::uint32_t layer_index = 0,
                   const CellList& dropped = {}) {
  return grow(plan, layer_index, dropped, layer).report;
}

TEST(Grow, PixelNeighbourLooksAtTheImageInTheFirstLayerOnly) {
  EvolutionPlan plan = plan_of("pixel_neighbour", 4, TieRule::kByIndex);
  plan.layers[1].grow = 3;
  plan.growth.image = InputImage{{2, 2, 3}, InputOrder::kHwc};
  ReferenceLayer first = layer_of({"#...........", "............"});
  grow_in(first, plan);
  EXPECT_EQ(rows_of(first), (Rows{"#.##..##....", "............"}));  // pixels 1 and 3
  ReferenceLayer second = layer_of({"#...........", "............"});
  grow_in(second, plan, 1);
  EXPECT_EQ(rows_of(second), (Rows{"##..........", "##.........."}));
}

TEST(Grow, MostNeighboursTakesTheFullestCellsFirst) {
  ReferenceLayer layer = layer_of({"##...",  //
                                   "#...#",  //
                                   ".....",  //
                                   "....."});
  grow_in(layer, plan_of("most_neighbours", 1));
  EXPECT_EQ(rows_of(layer), (Rows{"##...", "##..#", ".....", "....."}));
}

TEST(Grow, CountsNeighboursOnceForTheWholeEvolution) {
  ReferenceLayer layer = layer_of({"#....."});
  grow_in(layer, plan_of("most_neighbours", 1));
  EXPECT_EQ(rows_of(layer), (Rows{"##...."}));
  ReferenceLayer other = layer_of({"#.....#"});
  grow_in(other, plan_of("one_neighbour", 2));
  EXPECT_EQ(rows_of(other), (Rows{"##...##"}));
}

TEST(Grow, TieByIndexTakesTheLowestCells) {
  ReferenceLayer layer = layer_of({"......", "..##..", "......"});
  grow_in(layer, plan_of("one_neighbour", 3, TieRule::kByIndex));
  EXPECT_EQ(rows_of(layer), (Rows{".###..", "..##..", "......"}));
}

TEST(Grow, RandomTieIsTheBijectionOfTheClass) {
  ReferenceLayer layer = layer_of({"..#...", "......", "...#.."});
  const std::uint32_t layer_index = 1;
  EvolutionPlan plan = plan_of("most_neighbours", 4);
  // By hand: two neighbours have cells 8 and 9; one neighbour has class_1.
  const std::vector<std::uint64_t> one = {1, 3, 7, 10, 14, 16};
  const Bijection bijection(one.size(), plan.seed, Purpose::kGrow, layer_index, plan.time.number,
                            1);
  ReferenceLayer expected = layer;
  for (const std::uint64_t cell :
       {std::uint64_t{8}, std::uint64_t{9}, one[bijection(0)], one[bijection(1)]}) {
    expected.mask[cell] = 1;
  }
  grow_in(layer, plan, layer_index);
  EXPECT_EQ(rows_of(layer), rows_of(expected));
}

TEST(Grow, FillsAShortfallFromTheOtherInactiveCells) {
  ReferenceLayer layer = layer_of({"#.........", "..........", ".........."});
  const EvolutionPlan plan = plan_of("one_neighbour", 5);
  std::vector<std::uint64_t> others;
  for (std::uint64_t cell = 0; cell < 30; ++cell) {
    if (cell != 0 && cell != 1 && cell != 10 && cell != 11) others.push_back(cell);
  }
  const Bijection bijection(others.size(), plan.seed, Purpose::kGrowShortfall, 0, plan.time.number);
  ReferenceLayer expected = layer_of({"##........", "##........", ".........."});
  expected.mask[others[bijection(0)]] = 1;
  expected.mask[others[bijection(1)]] = 1;
  EXPECT_EQ(grow_in(layer, plan), (GrowReport{.grown = 5, .filled = 2}));
  EXPECT_EQ(rows_of(layer), rows_of(expected));
}

TEST(Grow, WhatHasJustDroppedIsNotEligibleWhereItMustNotRegrow) {
  const CellList dropped = {0, 3};
  EvolutionPlan plan = plan_of("one_neighbour", 2, TieRule::kByIndex);
  ReferenceLayer layer = layer_of({".#..."});
  EXPECT_EQ(grow_in(layer, plan, 0, dropped), (GrowReport{.grown = 2, .filled = 0}));
  EXPECT_EQ(rows_of(layer), Rows{"###.."});

  plan.growth.regrow_dropped = false;
  layer = layer_of({".#..."});
  EXPECT_EQ(grow_in(layer, plan, 0, dropped), (GrowReport{.grown = 2, .filled = 1}));
  EXPECT_EQ(rows_of(layer), Rows{".##.#"});

  plan.layers[0].grow = 3;
  layer = layer_of({".#..."});
  EXPECT_THROW(grow_in(layer, plan, 0, dropped), std::logic_error);
}

TEST(Grow, SaysWhichCellsGrewInAscendingOrder) {
  ReferenceLayer layer = layer_of(Rows(6, std::string(10, '.')));
  const CellList cells = grow(plan_of("random", 20), 0, {}, layer).cells;
  EXPECT_EQ(cells.size(), 20U);
  EXPECT_TRUE(std::is_sorted(cells.begin(), cells.end()));
  for (const std::uint64_t cell : cells) EXPECT_TRUE(layer.mask[cell]);
}

TEST(Grow, RefusesAPlanForMoreThanIsFree) {
  ReferenceLayer layer = layer_of({"#."});
  EXPECT_THROW(grow_in(layer, plan_of("random", 2)), std::logic_error);
}

TEST(Grow, DependsOnSeedTimeAndLayer) {
  const auto grown = [](const EvolutionPlan& plan, std::uint32_t layer_index) {
    ReferenceLayer layer = layer_of(Rows(6, std::string(10, '.')));
    grow_in(layer, plan, layer_index);
    return rows_of(layer);
  };
  const EvolutionPlan plan = plan_of("random", 20);
  EvolutionPlan other_seed = plan;
  other_seed.seed += 1;
  EvolutionPlan other_time = plan;
  other_time.time.number += 1;
  EXPECT_EQ(grown(plan, 0), grown(plan, 0));
  EXPECT_NE(grown(plan, 0), grown(plan, 1));
  EXPECT_NE(grown(plan, 0), grown(other_seed, 0));
  EXPECT_NE(grown(plan, 0), grown(other_time, 0));
  EvolutionPlan within_an_epoch = plan;
  within_an_epoch.time.is_within_epoch = true;
  EXPECT_NE(grown(plan, 0), grown(within_an_epoch, 0));
}

// A cell dropped and grown at once (0), a grown one (1 or 2), a dropped one that stays away.
TEST(Grow, ClearsMomentumOfGrownAndInactiveCells) {
  for (const bool keeps : {false, true}) {
    ReferenceLayer layer = layer_of({"..#"});
    layer.weights.slots[0] = {0.5, 0, 0.25};  // the drop has left the slots of cell 0
    EvolutionPlan plan = plan_of("random", 2);
    plan.newborn.keep_slots_of_regrown = keeps;
    grow_in(layer, plan);
    EXPECT_EQ(layer.weights.slots[0], (std::vector<double>{keeps ? 0.5 : 0, 0, 0.25}));
    EXPECT_EQ(layer.weights.values, (std::vector<double>{0, 0, 1}));

    layer = layer_of({"..#"});
    layer.weights.slots[0] = {0.5, 0.5, 0.25};
    plan.layers[0].grow = 0;
    grow_in(layer, plan);
    EXPECT_EQ(layer.weights.slots[0], (std::vector<double>{0, 0, 0.25}));
  }
}

TEST(Grow, FreshWeightsFollowTheInitLawOnTheGrownFanIn) {
  ReferenceLayer layer = layer_of({"#....", ".....", "#####"});
  EvolutionPlan plan = plan_of("one_neighbour", 2, TieRule::kByIndex);
  plan.growth.neighbourhood = kCross4;
  plan.newborn.fresh_weights = true;
  plan.newborn.init = WeightInit::kLecunSparse;
  grow_in(layer, plan);
  EXPECT_EQ(rows_of(layer), (Rows{"##...", "#....", "#####"}));
  const auto drawn = [&](std::uint64_t cell, double fan_in) {
    const PhiloxBlock block =
        random_block(plan.seed, Purpose::kGrownWeight, 0, plan.time.number, cell);
    return double{init_weight(std::sqrt(3 / fan_in), block[0])};
  };
  EXPECT_EQ(layer.weights.values[1], drawn(1, 2));
  EXPECT_EQ(layer.weights.values[5], drawn(5, 1));
  EXPECT_EQ(layer.weights.values[0], 1);  // what was there keeps its weight
}

// Every row of the table, every neighbourhood, from no growth to a full layer.
TEST(EveryGrowthRule, GrowsExactlyAsManyCellsByRankAndNeverAnActiveOne) {
  const LayerState state = tests::tiny_network(4, {14, 12, 2}, 0.15).layers[0];
  const ReferenceLayer before = from_state(state);
  const std::uint64_t free = state.cell_count() - state.cells.size();
  ASSERT_FALSE(growth_rules().empty());
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.by_gradient) continue;  // which has no ranks
    for (const Neighbourhood neighbourhood : {kMoore8, kCross4, kDiagonal4}) {
      for (const TieRule tie : {TieRule::kRandom, TieRule::kByIndex}) {
        for (const std::uint64_t count :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{17}, std::uint64_t{60}, free}) {
          EvolutionPlan plan = plan_of(std::string(rule.name), count, tie);
          plan.growth.neighbourhood = neighbourhood;
          ReferenceLayer after = before;
          const GrowReport report = grow_in(after, plan);

          std::uint64_t grown = 0;
          std::uint64_t filled = 0;
          std::int8_t lowest_grown = 127;
          std::int8_t highest_left = -1;
          for (std::uint64_t cell = 0; cell < state.cell_count(); ++cell) {
            if (before.mask[cell]) {
              EXPECT_TRUE(after.mask[cell]);
              EXPECT_EQ(after.weights.values[cell], before.weights.values[cell]);
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

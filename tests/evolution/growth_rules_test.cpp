// The table of growth rules, row by row; a new row is tested by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {
namespace {

TEST(GrowthRules, EveryRowIsFoundByItsOwnName) {
  std::set<std::string_view> names;
  for (const GrowthRule& rule : growth_rules()) {
    EXPECT_EQ(&growth_rule(std::string(rule.name)), &rule);
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name << " comes twice";
  }
}

TEST(GrowthRules, EveryRowMakesSomeCellEligibleAndRanksAreValid) {
  for (const GrowthRule& rule : growth_rules()) {
    EXPECT_GE(*std::max_element(rule.rank_of_count.begin(), rule.rank_of_count.end()), 0);
    EXPECT_GE(*std::min_element(rule.rank_of_count.begin(), rule.rank_of_count.end()),
              GrowthRule::kNotEligible);
  }
}

TEST(GrowthRules, RandomIgnoresNeighboursAndTheOthersDoNot) {
  EXPECT_TRUE(growth_rule("random").ignores_neighbours());
  EXPECT_FALSE(growth_rule("one_neighbour").ignores_neighbours());
  EXPECT_FALSE(growth_rule("most_neighbours").ignores_neighbours());
}

TEST(GrowthRules, OneNeighbourIsOneClassOfAllCellsThatHaveAny) {
  const auto& ranks = growth_rule("one_neighbour").rank_of_count;
  EXPECT_EQ(ranks[0], GrowthRule::kNotEligible);
  for (std::size_t count = 1; count < ranks.size(); ++count) EXPECT_EQ(ranks[count], ranks[1]);
}

TEST(GrowthRules, PixelNeighbourIsOneNeighbourInTheImage) {
  const GrowthRule& pixel = growth_rule("pixel_neighbour");
  const GrowthRule& one = growth_rule("one_neighbour");
  EXPECT_EQ(pixel.rank_of_count, one.rank_of_count);
  EXPECT_TRUE(pixel.in_image);
  EXPECT_FALSE(one.in_image);
}

TEST(GrowthRules, OnlyTheFirstLayerReadsAnImageAndOnlyWhereThereIsOne) {
  GrowPlan plan;
  plan.neighbourhood = Neighbourhood::kCross4;
  const InputImage image = {{3, 4, 5}, InputOrder::kChw};
  for (const GrowthRule& rule : growth_rules()) {
    plan.rule = rule;
    plan.image = image;
    const NeighbourSpace first = plan.neighbour_space(0);
    EXPECT_EQ(first.in_image, rule.in_image);
    EXPECT_EQ(first.around, Neighbourhood::kCross4);
    if (rule.in_image) {
      EXPECT_EQ(first.image, image);
    }
    EXPECT_FALSE(plan.neighbour_space(1).in_image);
    plan.image.reset();
    EXPECT_FALSE(plan.neighbour_space(0).in_image);
  }
}

TEST(GrowthRules, MostNeighboursPrefersEveryCountToTheOneBelow) {
  const auto& ranks = growth_rule("most_neighbours").rank_of_count;
  for (std::size_t count = 1; count < ranks.size(); ++count) {
    EXPECT_GT(ranks[count], ranks[count - 1]);
  }
}

TEST(GrowthRules, UnknownNameIsRefusedWithTheNearest) {
  try {
    growth_rule("one_neighbor");
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("'one_neighbor'"), std::string::npos) << message;
    EXPECT_NE(message.find("did you mean one_neighbour?"), std::string::npos) << message;
    for (const GrowthRule& rule : growth_rules()) {
      EXPECT_NE(message.find(rule.name), std::string::npos) << message;
    }
  }
}

}  // namespace
}  // namespace regrow

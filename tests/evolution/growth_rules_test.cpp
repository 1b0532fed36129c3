// The table of growth rules, row by row; a new row is tested by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/plan.h"

namespace regrow {
namespace {

/// That the name, or the text, means.
GrowthRule rule_of(const std::string& text) {
  std::string fault;
  const auto rule = parse_growth_rule(text, &fault);
  EXPECT_TRUE(rule) << text << ": " << fault;
  return rule.value_or(GrowthRule());
}

TEST(GrowthRules, EveryRowIsFoundByItsOwnName) {
  std::set<std::string> names;
  for (const GrowthRule& rule : growth_rules()) {
    EXPECT_EQ(rule_of(rule.name), rule);
    EXPECT_EQ(to_text(rule), rule.name);
    EXPECT_EQ(short_text(rule), rule.name);
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
  EXPECT_TRUE(rule_of("random").ignores_neighbours());
  EXPECT_FALSE(rule_of("one_neighbour").ignores_neighbours());
  EXPECT_FALSE(rule_of("most_neighbours").ignores_neighbours());
}

TEST(GrowthRules, GradientCountsNoNeighbours) {
  const GrowthRule gradient = rule_of("gradient");
  EXPECT_TRUE(gradient.by_gradient);
  EXPECT_TRUE(gradient.ignores_neighbours());
  EXPECT_NE(gradient, rule_of("random"));
  for (const GrowthRule& rule : growth_rules()) {
    EXPECT_EQ(rule.by_gradient, rule.name == "gradient") << rule.name;
  }
}

TEST(GrowthRules, OneNeighbourIsOneClassOfAllCellsThatHaveAny) {
  const auto ranks = rule_of("one_neighbour").rank_of_count;
  EXPECT_EQ(ranks[0], GrowthRule::kNotEligible);
  for (std::size_t count = 1; count < ranks.size(); ++count) EXPECT_EQ(ranks[count], ranks[1]);
}

TEST(GrowthRules, PixelNeighbourIsOneNeighbourInTheImage) {
  const GrowthRule pixel = rule_of("pixel_neighbour");
  const GrowthRule one = rule_of("one_neighbour");
  EXPECT_EQ(pixel.rank_of_count, one.rank_of_count);
  EXPECT_TRUE(pixel.in_image);
  EXPECT_FALSE(one.in_image);
}

TEST(GrowthRules, OnlyTheFirstLayerReadsAnImageAndOnlyWhereThereIsOne) {
  GrowthSource plan;
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
  const auto ranks = rule_of("most_neighbours").rank_of_count;
  for (std::size_t count = 1; count < ranks.size(); ++count) {
    EXPECT_GT(ranks[count], ranks[count - 1]);
  }
}

TEST(GrowthRules, WrittenOutReadBackExactly) {
  for (const std::string text :
       {"ranks:0,1,1,0,0,0,0,0,0", "pixel_ranks:never,127,0,0,0,0,0,0,never",
        "few=ranks:0,1,1,0,0,0,0,0,0", "x-Y_9=pixel_ranks:0,0,0,0,0,0,0,0,1"}) {
    EXPECT_EQ(to_text(rule_of(text)), text);
  }
  const GrowthRule few = rule_of("few=pixel_ranks:never,1,1,0,0,0,0,0,2");
  EXPECT_EQ(few, (GrowthRule{"few", {-1, 1, 1, 0, 0, 0, 0, 0, 2}, true}));
  EXPECT_EQ(short_text(few), "few");
  EXPECT_EQ(short_text(rule_of("ranks:0,1,1,0,0,0,0,0,0")), "ranks:0,1,1,0,0,0,0,0,0");
  // The table of a row is still one that is written out.
  EXPECT_EQ(to_text(rule_of("ranks:0,0,0,0,0,0,0,0,0")), "ranks:0,0,0,0,0,0,0,0,0");
}

TEST(GrowthRules, WithTheNameOfARowAndOtherRanksAreNotThatRow) {
  const GrowthRule other = {"random", {0, 1, 0, 0, 0, 0, 0, 0, 0}};
  EXPECT_EQ(to_text(other), "random=ranks:0,1,0,0,0,0,0,0,0");
  EXPECT_FALSE(parse_growth_rule(to_text(other)));
}

TEST(GrowthRules, SayWhyATextIsNone) {
  const auto fault_of = [](const std::string& text) {
    std::string fault;
    EXPECT_FALSE(parse_growth_rule(text, &fault)) << text;
    EXPECT_FALSE(parse_growth_rule(text)) << text;
    return fault;
  };
  EXPECT_EQ(fault_of("one_neighbor"), "no rule has that name or form");
  EXPECT_EQ(fault_of("ranks"), "no rule has that name or form");
  EXPECT_EQ(fault_of("few=random"), "no rule has that name or form");
  EXPECT_EQ(fault_of("ranks:1"),
            "has 1 rank, but there are 9: of cells with 0, 1, … 8 active neighbours");
  EXPECT_EQ(fault_of("ranks:0,1,1,0,0,0,0,0, 0"),
            "rank ' 0' is neither a whole number from 0 to 127 nor never");
  EXPECT_EQ(fault_of("ranks:never,never,never,never,never,never,never,never,never"),
            "no cell could ever grow: every rank is never");
}

TEST(GrowthRules, InWordsNameTheClassesFromTheHighestRank) {
  EXPECT_EQ(in_words(rule_of("random")), "any inactive cells");
  EXPECT_EQ(in_words(rule_of("gradient")),
            "inactive cells, those of the largest |gradient| of a batch first");
  EXPECT_EQ(in_words(rule_of("one_neighbour")),
            "cells with 1 to 8 active neighbours; 0 only for want of these");
  EXPECT_EQ(in_words(rule_of("ranks:0,1,1,0,0,0,0,0,0")),
            "cells with 1 or 2 active neighbours, then 0 or 3 to 8");
  EXPECT_EQ(
      in_words(rule_of("pixel_ranks:5,3,3,3,never,5,5,2,never")),
      "cells with 0 or 5 or 6 active neighbours, then 1 to 3, then 7; 4 or 8 only for want of "
      "these; of the first layer, neighbours in the image");
}

}  // namespace
}  // namespace regrow

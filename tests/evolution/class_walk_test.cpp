// The walk over classes against a plain enumeration: cells one by one, sorted into classes.
#include "evolution/class_walk.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

namespace regrow {
namespace {

constexpr std::uint32_t kLayer = 1;

/// The number of active neighbours of every eligible cell; its index stands for the cell.
using Eligible = std::vector<std::uint8_t>;

ClassSizes sizes_of(const Eligible& eligible) {
  ClassSizes sizes{};
  for (const std::uint8_t count : eligible) ++sizes[count];
  return sizes;
}

EvolutionPlan plan_of(const std::array<std::int8_t, 9>& ranks, std::uint64_t grow,
                      TieRule tie = TieRule::kRandom) {
  EvolutionPlan plan;
  plan.seed = 6;
  plan.time.number = 13;
  plan.growth.rule.rank_of_count = ranks;
  plan.growth.tie = tie;
  plan.layers = {{}, {{}, {}, grow}};
  return plan;
}

/// What regrow/evolution/plan.h says, word by word.
std::set<std::uint64_t> plainly_grown(const EvolutionPlan& plan, const Eligible& eligible,
                                      GrowReport& report) {
  const std::uint64_t wanted = plan.layers[kLayer].grow;
  std::set<std::uint64_t> grown;
  for (int rank = 127; rank >= 0 && grown.size() < wanted; --rank) {
    std::vector<std::uint64_t> members;
    for (std::uint64_t cell = 0; cell < eligible.size(); ++cell) {
      if (plan.growth.rule.rank_of_count[eligible[cell]] == rank) members.push_back(cell);
    }
    const std::uint64_t count = std::min<std::uint64_t>(wanted - grown.size(), members.size());
    const Bijection bijection(members.size(), plan.seed, plan.time.grow(), kLayer, plan.time.number,
                              static_cast<std::uint32_t>(rank));
    const bool in_order = count == members.size() || plan.growth.tie == TieRule::kByIndex;
    for (std::uint64_t k = 0; k < count; ++k) grown.insert(members[in_order ? k : bijection(k)]);
  }
  report = {wanted, wanted - grown.size()};
  std::vector<std::uint64_t> others;
  for (std::uint64_t cell = 0; cell < eligible.size(); ++cell) {
    if (grown.count(cell) == 0) others.push_back(cell);
  }
  const Bijection bijection(others.size(), plan.seed, plan.time.shortfall(), kLayer,
                            plan.time.number);
  for (std::uint64_t k = 0; k < report.filled; ++k) grown.insert(others[bijection(k)]);
  return grown;
}

/// Every member's rank is looked at, as a back end does not.
void take(const RankChoice& ranks, const std::vector<std::uint64_t>& members,
          std::set<std::uint64_t>& grown) {
  EXPECT_EQ(ranks.size, members.size());
  for (std::uint64_t k = 0; k < ranks.count; ++k) {
    const std::uint64_t cell = members[ranks.bijection ? (*ranks.bijection)(k) : k];
    EXPECT_TRUE(grown.insert(cell).second) << "a cell is chosen twice";
  }
}

std::set<std::uint64_t> chosen_cells(const GrowthChoice& choice, const Eligible& eligible) {
  std::set<std::uint64_t> grown;
  std::bitset<9> seen;
  for (const ClassChoice& each : choice.classes) {
    EXPECT_TRUE((seen & each.counts).none()) << "classes overlap";
    seen |= each.counts;
    std::vector<std::uint64_t> members;
    for (std::uint64_t cell = 0; cell < eligible.size(); ++cell) {
      if (each.counts[eligible[cell]]) members.push_back(cell);
    }
    take(each.ranks, members, grown);
  }
  if (!choice.fill) return grown;
  std::vector<std::uint64_t> others;
  for (std::uint64_t cell = 0; cell < eligible.size(); ++cell) {
    if (grown.count(cell) == 0) others.push_back(cell);
  }
  take(*choice.fill, others, grown);
  return grown;
}

RC_GTEST_PROP(ClassWalk, ChoosesWhatAPlainEnumerationDoes, ()) {
  const std::vector<std::int8_t> any_rank = {GrowthRule::kNotEligible, 0, 1, 2, 3, 126, 127};
  std::array<std::int8_t, 9> ranks{};
  for (std::int8_t& rank : ranks) {
    rank = *rc::gen::elementOf(any_rank);
  }
  Eligible eligible;
  // Some classes are empty, some beyond the bijection's sorted tables.
  const auto most = *rc::gen::element<std::uint64_t>(3, 40, 1500);
  for (std::uint8_t count = 0; count < 9; ++count) {
    const auto size = *rc::gen::inRange<std::uint64_t>(0, most);
    if (*rc::gen::arbitrary<bool>()) eligible.insert(eligible.end(), size, count);
  }
  // Neighbours in any order: a stride that is prime to the size goes round once.
  Eligible mixed(eligible.size());
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    mixed[i] = eligible[std::gcd(7919, mixed.size()) == 1 ? i * 7919 % mixed.size() : i];
  }
  const auto grow = *rc::gen::inRange<std::uint64_t>(0, mixed.size() + 1);
  EvolutionPlan plan = plan_of(ranks, *rc::gen::arbitrary<bool>() ? grow : mixed.size(),
                               *rc::gen::element(TieRule::kRandom, TieRule::kByIndex));
  plan.time.is_within_epoch = *rc::gen::arbitrary<bool>();

  GrowReport report;
  const std::set<std::uint64_t> expected = plainly_grown(plan, mixed, report);
  const GrowthChoice choice = choose_growth(plan, kLayer, sizes_of(mixed));
  RC_ASSERT(choice.report == report);
  RC_ASSERT(chosen_cells(choice, mixed) == expected);
}

TEST(ClassWalk, OfNothingChoosesNothing) {
  const GrowthChoice choice = choose_growth(plan_of({}, 0), kLayer, {});
  EXPECT_TRUE(choice.classes.empty());
  EXPECT_FALSE(choice.fill);
  EXPECT_EQ(choice.report, GrowReport());
}

TEST(ClassWalk, TakesAClassThatJustSufficesWholeAndWithoutABijection) {
  const GrowthChoice choice = choose_growth(plan_of({0, 1, 2}, 5), kLayer, {100, 3, 2});
  ASSERT_EQ(choice.classes.size(), 1U);
  EXPECT_EQ(choice.classes[0].counts, std::bitset<9>("000000110"));
  EXPECT_EQ(choice.classes[0].ranks.count, 5U);
  EXPECT_FALSE(choice.classes[0].ranks.bijection);
}

// A rule that ignores neighbours may have all cells counted under 0.
TEST(ClassWalk, DoesNotMindUnderWhichCountCellsStandWhereAllAreAlike) {
  const GrowthChoice spread = choose_growth(plan_of({}, 5), kLayer, {4, 3, 0, 2, 0, 0, 1, 0, 10});
  const GrowthChoice under_0 = choose_growth(plan_of({}, 5), kLayer, {20});
  ASSERT_EQ(spread.classes.size(), 1U);
  ASSERT_EQ(under_0.classes.size(), 1U);
  EXPECT_EQ(spread.classes[0].ranks.size, 20U);
  for (std::uint64_t k = 0; k < 5; ++k) {
    EXPECT_EQ((*spread.classes[0].ranks.bijection)(k), (*under_0.classes[0].ranks.bijection)(k));
  }
}

TEST(ClassWalk, RefusesToGrowMoreCellsThanAreEligible) {
  EXPECT_NO_THROW(choose_growth(plan_of({-1, 0}, 7), kLayer, {4, 3}));
  EXPECT_THROW(choose_growth(plan_of({-1, 0}, 8), kLayer, {4, 3}), std::logic_error);
  EXPECT_THROW(choose_growth(plan_of({}, 0), 2, {}), std::logic_error) << "a layer beyond the plan";
}

}  // namespace
}  // namespace regrow

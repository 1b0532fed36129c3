// The table of methods, row by row; a new row is tested by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "evolution/drop_counts.h"
#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

TEST(Methods, EachHasOneRowThatIsFoundByIt) {
  std::set<Method> methods;
  std::set<std::string_view> names;
  for (const MethodRow& row : method_rows()) {
    EXPECT_EQ(&method_row(row.method), &row);
    EXPECT_TRUE(methods.insert(row.method).second) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_EQ(methods.size(), static_cast<std::size_t>(Method::kDense) + 1);
  EXPECT_THROW(method_row(static_cast<Method>(99)), std::logic_error);
}

TEST(Methods, HavePartsThatGoTogether) {
  for (const MethodRow& row : method_rows()) {
    EXPECT_TRUE(parse_growth_rule(std::string(row.grow))) << row.name;
    EXPECT_FALSE(row.is_dense && row.evolves) << row.name;
    EXPECT_EQ(row.evolves, !row.amount.empty()) << row.name;
    EXPECT_TRUE(row.evolves || row.measures.empty()) << row.name;
    EXPECT_TRUE(row.pause == OwnPause::kNone || !row.measures.empty()) << row.name;
    std::set<Measure> measures(row.measures.begin(), row.measures.end());
    EXPECT_EQ(measures.size(), row.measures.size()) << row.name;
    EXPECT_EQ(measures.count(Measure::kAuto) + measures.count(Measure::kNone), 0U) << row.name;
    for (const std::string_view text : {row.summary, row.source}) {
      EXPECT_FALSE(text.empty()) << row.name;
      EXPECT_EQ(text.find('\n'), std::string_view::npos) << row.name;
    }
  }
}

/// Growth is by gradient in RigL and in what follows it.
bool follows_rigl(Method method) { return method == Method::kRigl || method == Method::kGse; }

TEST(Methods, AreTheThesisOnesWithTheirMeasures) {
  const auto measures = [](Method method) { return method_row(method).measures; };
  EXPECT_TRUE(measures(Method::kSet).empty());
  EXPECT_EQ(measures(Method::kAccSet), (std::vector{Measure::kValAcc, Measure::kAcc}));
  EXPECT_EQ(measures(Method::kLset), (std::vector{Measure::kLoss, Measure::kValLoss}));
  EXPECT_EQ(measures(Method::kDynSet),
            (std::vector{Measure::kLoss, Measure::kValLoss, Measure::kAcc, Measure::kValAcc}));
  for (const MethodRow& row : method_rows()) {
    EXPECT_EQ(row.evolves, row.method != Method::kStatic && row.method != Method::kDense);
    EXPECT_EQ(row.is_dense, row.method == Method::kDense);
    EXPECT_EQ(row.pause == OwnPause::kItsMeasure, row.method == Method::kDynSet);
    if (follows_rigl(row.method)) continue;
    EXPECT_EQ(row.drop, DropRule::kPerSign);
    EXPECT_EQ(row.grow, "random");
    EXPECT_EQ(row.evolve_every, EvolutionInterval());
    EXPECT_EQ(row.evolve_until, 1);
    EXPECT_EQ(row.zeta_schedule, Curve::kConstant);
    EXPECT_EQ(row.candidates, CandidateLaw::kAll);
  }
}

TEST(Methods, RigLAndGseDifferInTheirCandidatesAlone) {
  for (const Method method : {Method::kRigl, Method::kGse}) {
    const MethodRow& row = method_row(method);
    EXPECT_EQ(row.evolve_every, (EvolutionInterval{.epochs = 0, .steps = 100}));
    EXPECT_EQ(row.evolve_until, 0.75);
    EXPECT_EQ(row.zeta_schedule, Curve::kCosine);
    EXPECT_EQ(row.drop, DropRule::kMagnitude);
    EXPECT_TRUE(row.measures.empty());
    EXPECT_EQ(row.grow, "gradient");
    EXPECT_EQ(row.amount, "1");
  }
  EXPECT_EQ(method_row(Method::kRigl).candidates, CandidateLaw::kAll);
  EXPECT_EQ(method_row(Method::kGse).candidates, CandidateLaw::kGraBo);
}

TEST(DropRules, EachHasOneRowInTheOrderOfTheEnumerators) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < drop_rule_rows().size(); ++i) {
    const DropRuleRow& row = drop_rule_rows()[i];
    EXPECT_EQ(static_cast<std::size_t>(row.rule), i) << row.name;
    EXPECT_EQ(&drop_rule_row(row.rule), &row) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.summary.empty()) << row.name;
  }
}

TEST(DropRules, ChooseAmongAllLayersTogetherOrWithinOne) {
  for (const DropRuleRow& row : drop_rule_rows()) {
    if (row.spans_layers) {
      EXPECT_EQ(row.groups, DropGroups::kTogether) << row.name;
    }
    // A count is of the row's groups.
    const LayerDrop drop = drop_counts(row.rule, {100, 100, 0, 0}, 500'000);
    EXPECT_EQ(drop.smallest > 0, row.groups == DropGroups::kTogether) << row.name;
    EXPECT_EQ(drop.negatives + drop.positives > 0, row.groups == DropGroups::kBySign) << row.name;
  }
}

}  // namespace
}  // namespace regrow

// Welch's t-test against scipy.stats.ttest_ind(equal_var=False) and where it has no value.
#include "statistics/welch_t_test.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace regrow::tests {
namespace {

WelchTest welch_of(const std::vector<double>& a, const std::vector<double>& b) {
  return welch_t_test(moments(a), moments(b));
}

TEST(WelchTTest, IsScipys) {
  const WelchTest test =
      welch_of({0.6494, 0.6533, 0.6520, 0.6471, 0.6502}, {0.6682, 0.6710, 0.6655});
  EXPECT_NEAR(test.difference.value(), -0.017833333333333257, 1e-15);
  EXPECT_NEAR(test.standard_error.value(), 0.0019147091453041029, 1e-15);
  EXPECT_NEAR(test.degrees_of_freedom.value(), 3.833800000347718, 1e-11);
  EXPECT_NEAR(test.p.value() / 0.0009027236369278096, 1, 1e-11);
  const WelchTest unequal = welch_of({1, 2}, {1e-3, 5, 9, 70});
  EXPECT_NEAR(unequal.degrees_of_freedom.value(), 3.0055470481720077, 1e-12);
  EXPECT_NEAR(unequal.p.value() / 0.3209087264687423, 1, 1e-12);
}

TEST(WelchTTest, OfTheSamplesTheOtherWayRoundHasTheSameP) {
  const std::vector<double> a = {1, 2, 4};
  const std::vector<double> b = {2, 9, 3, 5};
  EXPECT_EQ(welch_of(a, b).p, welch_of(b, a).p);
  EXPECT_EQ(welch_of(a, b).difference.value(), -welch_of(b, a).difference.value());
}

TEST(WelchTTest, OfOneConstantSampleHasTheDegreesOfTheOther) {
  EXPECT_DOUBLE_EQ(welch_of({1, 1, 1, 1}, {1, 2, 3}).degrees_of_freedom.value(), 2);
}

TEST(WelchTTest, HasNoPWhereItHasNothingToEstimateFrom) {
  EXPECT_FALSE(welch_of({}, {1, 2}).difference);
  EXPECT_EQ(welch_of({3}, {1, 2}).difference, 1.5);
  EXPECT_FALSE(welch_of({3}, {1, 2}).standard_error);
  EXPECT_FALSE(welch_of({1, 1}, {2, 2}).p) << "neither varies";
  EXPECT_FALSE(welch_of({0.3, 0.1 + 0.2}, {0.7, 0.7}).p) << "but for rounding";
  EXPECT_FALSE(welch_of({1, std::numeric_limits<double>::infinity()}, {2, 3}).p);
}

// Squared variances of such values are below the smallest double.
TEST(WelchTTest, TakesTinyValues) {
  EXPECT_NEAR(
      welch_of({1e-100, 2e-100}, {1e-103, 5e-100, 9e-100, 70e-100}).p.value() / 0.3209087264687423,
      1, 1e-12);
}

}  // namespace
}  // namespace regrow::tests

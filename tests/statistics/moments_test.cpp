// Mean and sample deviation, against numpy and where there is little to compute from.
#include "statistics/moments.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace regrow::tests {
namespace {

// numpy.mean, numpy.std(ddof=1)
TEST(Moments, AreNumpys) {
  const Moments of = moments(std::vector<double>{0.6682, 0.6710, 0.6655, 0.6690, 0.6701});
  EXPECT_EQ(of.n, 5U);
  EXPECT_NEAR(of.mean, 0.66876, 1e-15);
  EXPECT_NEAR(of.standard_deviation.value(), 0.002110213259365057, 1e-14);
}

TEST(Moments, OfOneAndOfNone) {
  const Moments of_one = moments(std::vector<double>{7.25});
  EXPECT_EQ(of_one.n, 1U);
  EXPECT_EQ(of_one.mean, 7.25);
  EXPECT_FALSE(of_one.standard_deviation);
  EXPECT_EQ(moments({}).n, 0U);
  EXPECT_FALSE(moments({}).standard_deviation);
}

// 0.1 + 0.1 + 0.1 is not 3 · 0.1 in doubles.
RC_GTEST_PROP(Moments, OfEqualValuesAreExact, (double value)) {
  const std::vector<double> values(*rc::gen::inRange<std::size_t>(2, 20), value);
  RC_ASSERT(moments(values).mean == value);
  RC_ASSERT(moments(values).standard_deviation == 0);
}

// The textbook formula, Σx² − n·mean², would lose all digits here.
TEST(Moments, KeepTheirDigitsFarFromZero) {
  const Moments of = moments(std::vector<double>{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  EXPECT_EQ(of.mean, 1e9 + 10);
  EXPECT_NEAR(of.standard_deviation.value() * of.standard_deviation.value(), 30, 1e-12);
}

}  // namespace
}  // namespace regrow::tests

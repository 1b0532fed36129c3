// Pearson's correlation against scipy.stats.pearsonr and where it has no value.
#include "statistics/correlation.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace regrow::tests {
namespace {

using Pairs = std::vector<std::pair<double, double>>;

TEST(Correlation, IsScipys) {
  EXPECT_NEAR(correlation(Pairs{{0.6494, 0.6682},
                                {0.6533, 0.6710},
                                {0.6520, 0.6655},
                                {0.6471, 0.6690},
                                {0.6502, 0.6701}})
                  .value(),
              0.03862073354262708, 1e-13);
}

TEST(Correlation, OfALineIsOne) {
  EXPECT_DOUBLE_EQ(correlation(Pairs{{1, 10}, {2, 20}, {4, 40}}).value(), 1);
  EXPECT_DOUBLE_EQ(correlation(Pairs{{1, -1}, {2, -2}, {4, -4}}).value(), -1);
  EXPECT_LE(correlation(Pairs{{0.1, 0.3}, {0.2, 0.6}, {0.7, 2.1}}).value(), 1);
}

TEST(Correlation, IsNoneWhereUndefined) {
  EXPECT_FALSE(correlation({}));
  EXPECT_FALSE(correlation(Pairs{{1, 2}}));
  EXPECT_FALSE(correlation(Pairs{{1, 1}, {1, 2}, {1, 3}}));
  EXPECT_FALSE(correlation(Pairs{{1, 0.3}, {2, 0.1 + 0.2}, {3, 0.3}})) << "but for rounding";
  EXPECT_FALSE(correlation(Pairs{{1, 1}, {2, 2}, {std::numeric_limits<double>::infinity(), 3}}));
}

}  // namespace
}  // namespace regrow::tests

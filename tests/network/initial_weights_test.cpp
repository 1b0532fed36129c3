// The laws of initial weights: limits, exact end points, moments.
#include <gtest/gtest.h>

#include <cmath>

#include "regrow/weight_init.h"

namespace regrow {
namespace {

TEST(InitLimit, IsGlorotOnTheDenseFansWhateverTheFanIn) {
  EXPECT_DOUBLE_EQ(init_limit(WeightInit::kGlorotDense, 3072, 4000, 35), std::sqrt(6.0 / 7072.0));
  EXPECT_DOUBLE_EQ(init_limit(WeightInit::kGlorotDense, 3072, 4000, 0), std::sqrt(6.0 / 7072.0));
}

TEST(InitLimit, FollowsTheNeuronsOwnFanIn) {
  EXPECT_DOUBLE_EQ(init_limit(WeightInit::kLecunSparse, 3072, 4000, 48), 0.25);
  EXPECT_DOUBLE_EQ(init_limit(WeightInit::kHeSparse, 3072, 4000, 24), 0.5);
  EXPECT_EQ(init_limit(WeightInit::kLecunSparse, 3072, 4000, 0), 0.0);
}

TEST(InitWeight, CoversTheRangeFromItsLowerEnd) {
  EXPECT_EQ(init_weight(0.25, 0), -0.25F);
  EXPECT_EQ(init_weight(0.25, 0x80000000), 0.0F);
  EXPECT_EQ(init_weight(0.25, 0xC0000000), 0.125F);
  EXPECT_LT(init_weight(0.25, ~0U), 0.25F);
}

TEST(InitWeight, IsRoundedOnceFromDouble) {
  // A limit rounded to float beforehand would give -0.024984978.
  EXPECT_EQ(init_weight(std::sqrt(6.0 / 7072.0), 0x12345c00), -0.024984976276755333F);
}

TEST(InitWeight, HasTheVarianceItsLawPromises) {
  constexpr int kDraws = 100000;
  for (const WeightInit init : {WeightInit::kLecunSparse, WeightInit::kHeSparse}) {
    const double limit = init_limit(init, 100, 100, 20);
    double sum = 0;
    double squares = 0;
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const double w = static_cast<double>(
          init_weight(limit, random_block(3, Purpose::kInitialWeight, 0, 0, i)[0]));
      sum += w;
      squares += w * w;
    }
    const double variance = (init == WeightInit::kHeSparse ? 2.0 : 1.0) / 20;
    EXPECT_NEAR(sum / kDraws, 0, 3.3 * std::sqrt(variance / kDraws));
    // The square of a uniform deviate has the relative variance 4/5.
    EXPECT_NEAR(squares / kDraws / variance, 1, 3.3 * std::sqrt(0.8 / kDraws));
  }
}

}  // namespace
}  // namespace regrow

// The paired t-test against scipy.stats.ttest_rel and where it has no value.
#include "statistics/paired_t_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace regrow::tests {
namespace {

TEST(PairedTTest, IsScipys) {
  const PairedTest five = paired_t_test(std::vector<double>{
      0.6494 - 0.6682, 0.6533 - 0.6710, 0.6520 - 0.6655, 0.6471 - 0.6690, 0.6502 - 0.6701});
  EXPECT_EQ(five.n, 5U);
  EXPECT_NEAR(five.mean_difference, -0.01836, 1e-14);
  EXPECT_NEAR(five.standard_error.value(), 0.0013991425945914285, 1e-14);
  EXPECT_NEAR(five.p.value() / 0.00019475059328600926, 1, 1e-9);
  EXPECT_NEAR(paired_t_test(std::vector<double>{-1, -0.5, 2.5}).p.value() / 0.7891814893221081, 1,
              1e-12);
}

// The critical value with 4 degrees of freedom is 2.776445.
TEST(PairedTTest, HasTheConfidenceIntervalOfTheSameTest) {
  const PairedTest test = paired_t_test(std::vector<double>{1, 2, 4, 5, 3});
  EXPECT_NEAR(test.half_width.value() / test.standard_error.value(), 2.776445105, 1e-9);
  const double shift = test.mean_difference - *test.half_width;
  const PairedTest at_its_end =
      paired_t_test(std::vector<double>{1 - shift, 2 - shift, 4 - shift, 5 - shift, 3 - shift});
  EXPECT_NEAR(at_its_end.p.value(), 0.05, 1e-12);
}

// scipy.stats.ttest_1samp(differences, -margin, alternative="greater")
TEST(PairedTTest, OfNonInferiorityIsScipys) {
  const PairedTest test = paired_t_test(std::vector<double>{-0.010, 0.020, 0.004, -0.003});
  EXPECT_NEAR(non_inferiority_p(test, 0).value(), 0.3486664455635533, 1e-12);
  EXPECT_NEAR(non_inferiority_p(test, 0.003).value(), 0.21825318242360986, 1e-12);
  EXPECT_NEAR(non_inferiority_p(test, 0.02).value(), 0.01913988268441429, 1e-12);
}

TEST(PairedTTest, HasNoPWithoutVariance) {
  for (const double difference : {0.0, 0.1}) {
    const PairedTest test = paired_t_test(std::vector<double>(3, difference));
    EXPECT_EQ(test.mean_difference, difference);
    EXPECT_EQ(test.standard_error, 0.0);
    EXPECT_FALSE(test.p);
    EXPECT_FALSE(test.half_width);
    EXPECT_FALSE(non_inferiority_p(test, 0.3));
  }
  EXPECT_FALSE(paired_t_test(std::vector<double>{0.6 - 0.5, 0.7 - 0.6, 0.8 - 0.7}).p);
}

TEST(PairedTTest, HasNoPOfWhatRoundingAloneMadeDiffer) {
  const std::vector<double> equal = {0x1p-54, -0x1p-53, 0x1p-54};  // such are of values about 0.6
  EXPECT_TRUE(paired_t_test(equal).p);
  EXPECT_FALSE(paired_t_test(equal, 0.6).p);
  EXPECT_FALSE(paired_t_test(std::vector<double>{2e-6, 2e-6 + 0x1p-53, 2e-6}, 0.6).p);
  EXPECT_TRUE(paired_t_test(std::vector<double>{2e-6, 3e-6, 2e-6}, 0.6).p);
}

TEST(PairedTTest, OfOnePairAndOfNoneHasNothingToEstimateFrom) {
  const PairedTest one = paired_t_test(std::vector<double>{0.5});
  EXPECT_EQ(one.mean_difference, 0.5);
  EXPECT_FALSE(one.standard_error);
  EXPECT_FALSE(one.p);
  EXPECT_EQ(paired_t_test({}).n, 0U);
}

TEST(PairedTTest, OfWhatIsNotFiniteHasNoP) {
  EXPECT_FALSE(paired_t_test(std::vector<double>{1, std::numeric_limits<double>::infinity(), 2}).p);
}

}  // namespace
}  // namespace regrow::tests

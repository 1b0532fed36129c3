// Holm's correction against sums done by hand, and what it promises.
#include "statistics/holm.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace regrow::tests {
namespace {

using MaybeP = std::optional<double>;

TEST(Holm, IsTheSumByHand) {
  // 4 · 0.01; 3 · 0.02 = 0.06; 2 · 0.025 = 0.05, but no less than 0.06; 0.9.
  const std::vector<MaybeP> p = {0.025, 0.9, 0.01, 0.02};
  const std::vector<MaybeP> corrected = holm_corrected(p);
  EXPECT_DOUBLE_EQ(corrected[0].value(), 0.06);
  EXPECT_DOUBLE_EQ(corrected[1].value(), 0.9);
  EXPECT_DOUBLE_EQ(corrected[2].value(), 0.04);
  EXPECT_DOUBLE_EQ(corrected[3].value(), 0.06);
}

TEST(Holm, CountsOnlyTestsThatWereMade) {
  const std::vector<MaybeP> p = {std::nullopt, 0.01, std::nullopt, 0.04};
  const std::vector<MaybeP> corrected = holm_corrected(p);
  EXPECT_FALSE(corrected[0]);
  EXPECT_DOUBLE_EQ(corrected[1].value(), 0.02);
  EXPECT_FALSE(corrected[2]);
  EXPECT_DOUBLE_EQ(corrected[3].value(), 0.04);
  EXPECT_TRUE(holm_corrected({}).empty());
}

TEST(Holm, OfEqualPCorrectsAllAlike) {
  for (const MaybeP& p : holm_corrected(std::vector<MaybeP>(3, 0.02))) EXPECT_EQ(p, 0.06);
}

RC_GTEST_PROP(Holm, LiesBetweenThePAndBonferronis, ()) {
  const auto thousandths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001));
  std::vector<MaybeP> p;
  for (const int each : thousandths) p.emplace_back(each / 1000.0);
  const std::vector<MaybeP> corrected = holm_corrected(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    RC_ASSERT(*corrected[i] >= *p[i]);
    RC_ASSERT(*corrected[i] <= std::min(1.0, *p[i] * static_cast<double>(p.size())));
    for (std::size_t j = 0; j < p.size(); ++j) {
      if (*p[i] <= *p[j]) RC_ASSERT(*corrected[i] <= *corrected[j]);
    }
  }
}

}  // namespace
}  // namespace regrow::tests

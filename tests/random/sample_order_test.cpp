// The order of an epoch's samples.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "regrow/backend.h"

namespace regrow {
namespace {

TEST(SampleOrder, IsAPermutationOfAllSamples) {
  for (const std::uint32_t count : {0U, 1U, 7U, 1000U, 45000U}) {
    std::vector<std::uint32_t> order = sample_order(3, 4, count);
    std::vector<std::uint32_t> expected(count);
    std::iota(expected.begin(), expected.end(), 0U);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, expected);
  }
}

TEST(SampleOrder, DependsOnSeedAndEpochAlone) {
  EXPECT_EQ(sample_order(3, 4, 500), sample_order(3, 4, 500));
  EXPECT_NE(sample_order(3, 4, 500), sample_order(3, 5, 500));
  EXPECT_NE(sample_order(3, 4, 500), sample_order(4, 4, 500));
}

// Of two random orders of n samples, each position agrees with probability 1/n.
TEST(SampleOrder, EpochsHaveNothingInCommon) {
  const auto a = sample_order(3, 0, 10000);
  const auto b = sample_order(3, 1, 10000);
  int agreements = 0;
  for (std::size_t i = 0; i < a.size(); ++i) agreements += a[i] == b[i] ? 1 : 0;
  EXPECT_LE(agreements, 6);  // Poisson with mean 1: level 0.0001
}

}  // namespace
}  // namespace regrow

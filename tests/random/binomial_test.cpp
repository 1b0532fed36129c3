// The Binomial draw: exact quantiles where they can be written down, and its law over many seeds.
#include "random/binomial.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

namespace regrow {
namespace {

// P(X ≤ k) straight from the definition.
std::vector<double> cumulated(int trials, double probability) {
  std::vector<double> out;
  double sum = 0;
  double choose = 1;
  for (int k = 0; k <= trials; ++k) {
    sum += choose * std::pow(probability, k) * std::pow(1 - probability, trials - k);
    out.push_back(sum);
    choose = choose * (trials - k) / (k + 1);
  }
  return out;
}

TEST(BinomialQuantile, InvertsTheDefinitionForSmallNumbers) {
  for (const int trials : {1, 2, 5, 30}) {
    for (const double probability : {0.01, 0.3, 0.5, 0.97}) {
      const std::vector<double> cdf = cumulated(trials, probability);
      for (std::uint64_t k = 0; k < cdf.size(); ++k) {
        const double below = k == 0 ? 0 : cdf[k - 1];
        if (cdf[k] - below < 1e-9) continue;
        EXPECT_EQ(binomial_quantile(static_cast<std::uint64_t>(trials), probability,
                                    below + 0.01 * (cdf[k] - below)),
                  k);
        EXPECT_EQ(binomial_quantile(static_cast<std::uint64_t>(trials), probability,
                                    below + 0.99 * (cdf[k] - below)),
                  k);
      }
    }
  }
}

TEST(BinomialQuantile, KnowsTheCertainCases) {
  EXPECT_EQ(binomial_quantile(1000, 0, 0.999), 0U);
  EXPECT_EQ(binomial_quantile(1000, 1, 0.001), 1000U);
  EXPECT_EQ(binomial_quantile(0, 0.5, 0.5), 0U);
}

RC_GTEST_PROP(BinomialQuantile, RisesWithTheUniformAndStaysInRange, ()) {
  const auto trials = *rc::gen::inRange<std::uint64_t>(1, 100000);
  const double probability = *rc::gen::inRange(0, 1001) / 1000.0;
  const double low = *rc::gen::inRange(0, 1000) / 1000.0;
  const double high = *rc::gen::inRange(0, 1000) / 1000.0;
  const std::uint64_t a = binomial_quantile(trials, probability, std::min(low, high));
  const std::uint64_t b = binomial_quantile(trials, probability, std::max(low, high));
  RC_ASSERT(a <= b);
  RC_ASSERT(b <= trials);
}

// The paper's first layer: 3072 × 4000 cells, 141,440 connections expected.
TEST(BinomialQuantile, HasTheNormalLimitsQuantilesForMillionsOfCells) {
  const std::uint64_t cells = 3072ULL * 4000;
  const double mean = 141440;
  const double probability = mean / static_cast<double>(cells);
  const double deviation = std::sqrt(mean * (1 - probability));
  const auto quantile = [&](double uniform) {
    return (static_cast<double>(binomial_quantile(cells, probability, uniform)) - mean) / deviation;
  };
  EXPECT_NEAR(quantile(0.5), 0.0, 0.005);
  EXPECT_NEAR(quantile(0.8413447), 1.0, 0.005);
  EXPECT_NEAR(quantile(0.1586553), -1.0, 0.005);
  EXPECT_NEAR(quantile(0.9986501), 3.0, 0.015);
  EXPECT_NEAR(quantile(0), -9.0, 2.0);
}

double draw(std::uint64_t seed, std::uint64_t trials, double probability) {
  const PhiloxBlock block = random_block(seed, Purpose::kTopologyCount, 0, 0, 0);
  return static_cast<double>(
      binomial_quantile(trials, probability, wide_uniform_from_block(block)));
}

TEST(BinomialQuantile, HasTheMeanAndDeviationOfTheLaw) {
  constexpr int kSeeds = 4000;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const double deviate = (draw(seed, 10000, 0.04) - 400) / std::sqrt(384.0);
    sum += deviate;
    squares += deviate * deviate;
  }
  EXPECT_NEAR(sum / kSeeds, 0, 3.3 / std::sqrt(kSeeds));
  EXPECT_NEAR(squares / kSeeds, 1, 3.3 * std::sqrt(2.0 / kSeeds));
}

TEST(BinomialQuantile, FollowsTheLawByChiSquare) {
  constexpr int kSeeds = 20000;
  constexpr int kTrials = 15;
  const std::vector<double> cdf = cumulated(kTrials, 0.5);
  std::vector<double> hits(kTrials + 1, 0.0);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    hits[static_cast<std::size_t>(draw(seed, kTrials, 0.5))] += 1;
  }
  double sum = 0;
  for (std::size_t k = 0; k < hits.size(); ++k) {
    const double mean = kSeeds * (cdf[k] - (k == 0 ? 0 : cdf[k - 1]));
    sum += (hits[k] - mean) * (hits[k] - mean) / mean;
  }
  EXPECT_LT(sum, 37.70);  // 15 degrees of freedom, level 0.001
}

}  // namespace
}  // namespace regrow

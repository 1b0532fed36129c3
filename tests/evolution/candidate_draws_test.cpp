// Which cells are scored: the weights of the draws, and the draws themselves.
#include "evolution/candidate_draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace regrow {
namespace {

using Sums = std::vector<std::uint64_t>;

TEST(RunningSums, AreInProportionAndOfTheStrongestTwoToThe32) {
  EXPECT_EQ(running_sums(std::vector{0.5, 0.0, 2.0, 1.0}),
            (Sums{1ULL << 30, 1ULL << 30, 5ULL << 30, 7ULL << 30}));
}

TEST(RunningSums, DoNotDependOnTheScale) {
  const std::vector<double> strengths = {3, 1e-3, 0.7, 12};
  std::vector<double> scaled = strengths;
  for (double& strength : scaled) strength *= 0x1p-40;
  EXPECT_EQ(running_sums(strengths), running_sums(scaled));
}

TEST(RunningSums, WeighAllAlikeWhereNothingTellsThemApart) {
  EXPECT_EQ(running_sums(std::vector{0.0, 0.0, 0.0}), (Sums{1, 2, 3}));
  EXPECT_EQ(running_sums(std::vector{1.0, std::nan(""), 4.0}), (Sums{1, 2, 3}));
  EXPECT_EQ(running_sums(std::vector{std::numeric_limits<double>::infinity(), 4.0}), (Sums{1, 2}));
}

TEST(CandidateDraws, AreSoManyTimesTheConnections) {
  EXPECT_EQ(candidate_draws(CandidateLaw::kUniform, 1.5, 7, {}).count, 11U) << "10.5";
  EXPECT_EQ(candidate_draws(CandidateLaw::kUniform, 0.1, 7, {}).count, 1U);
  EXPECT_EQ(candidate_draws(CandidateLaw::kAll, 2, 7, {}), CandidateDraws());
  const NeuronStrengths strengths = {{1, 1}, {2, 1, 1}};
  const CandidateDraws draws = candidate_draws(CandidateLaw::kGraBo, 1, 7, strengths);
  EXPECT_EQ(draws.inputs.size(), 2U);
  EXPECT_EQ(draws.outputs, (Sums{4ULL << 30, 6ULL << 30, 8ULL << 30}));
  EXPECT_THROW(candidate_draws(CandidateLaw::kGraEst, 1, 7, {}), std::logic_error);
}

TEST(ScaledBelow, IsTheHighHalfOfTheProduct) {
  std::mt19937_64 random(1);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(scaled_below(most, most), most - 1);
  EXPECT_EQ(scaled_below(most, 1), 0U);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t a = random(), b = random() >> (i % 64);
    __extension__ using Wide = unsigned __int128;
    EXPECT_EQ(scaled_below(a, b), static_cast<std::uint64_t>((Wide{a} * b) >> 64));
  }
}

TEST(DrawnNeuron, IsTheOneWhoseShareTheNumberFallsInto) {
  for (const Sums& sums :
       {Sums{3}, Sums{0, 0, 1}, Sums{2, 2, 5, 5, 6}, Sums{1, 2, 3, 4, 5, 6, 7}}) {
    const auto count = static_cast<std::uint32_t>(sums.size());
    for (std::uint64_t at = 0; at < sums.back(); ++at) {
      std::uint32_t expected = 0;
      while (sums[expected] <= at) ++expected;
      // The smallest and the largest random number that scale to `at`.
      __extension__ using Wide = unsigned __int128;
      const Wide whole = Wide{1} << 64;
      const auto lowest = static_cast<std::uint64_t>((at * whole + sums.back() - 1) / sums.back());
      const auto highest = static_cast<std::uint64_t>(((at + 1) * whole - 1) / sums.back());
      EXPECT_EQ(drawn_neuron(sums.data(), count, lowest), expected);
      EXPECT_EQ(drawn_neuron(sums.data(), count, highest), expected);
    }
  }
}

TEST(DrawnCell, FallsInProportionToTheProductOfItsNeurons) {
  const Sums inputs = running_sums(std::vector{1.0, 0.0, 3.0});
  const Sums outputs = running_sums(std::vector{2.0, 6.0});
  std::map<std::uint64_t, int> counts;
  constexpr int kDraws = 40'000;
  for (int k = 0; k < kDraws; ++k) {
    const PhiloxBlock block =
        random_block(7, Purpose::kCandidates, 0, 5, static_cast<std::uint64_t>(k));
    ++counts[drawn_cell(block, inputs.data(), 3, outputs.data(), 2)];
  }
  // Cells of output 0 are 0 to 2; a standard deviation is at most 100.
  EXPECT_NEAR(counts[0], kDraws / 16.0, 400);
  EXPECT_NEAR(counts[2], kDraws * 3 / 16.0, 400);
  EXPECT_NEAR(counts[3], kDraws * 3 / 16.0, 400);
  EXPECT_NEAR(counts[5], kDraws * 9 / 16.0, 400);
  EXPECT_EQ(counts.count(1) + counts.count(4), 0U) << "of an input without weight";
}

TEST(ProjectionSign, IsEitherAndBothEquallyOften) {
  int positives = 0;
  for (std::uint64_t sample = 0; sample < 10'000; ++sample) {
    const float sign = projection_sign(3, 1, 400, sample);
    ASSERT_TRUE(sign == 1 || sign == -1);
    positives += sign > 0 ? 1 : 0;
  }
  EXPECT_NEAR(positives, 5000, 250) << "five standard deviations";
  const auto first = [](std::uint32_t layer, std::uint32_t time) {
    std::uint64_t bits = 0;
    for (std::uint64_t b = 0; b < 64; ++b)
      bits = bits << 1 | (projection_sign(3, layer, time, b) > 0);
    return bits;
  };
  EXPECT_NE(first(0, 400), first(1, 400));
  EXPECT_NE(first(0, 400), first(0, 500));
}

}  // namespace
}  // namespace regrow

// What training costs, in multiply-adds counted by hand.
#include "regrow/training_cost.h"

#include <gtest/gtest.h>

#include <vector>

namespace regrow {
namespace {

TEST(TrainingCost, OfAStepIsItsConnectionsTimesItsSamples) {
  const std::vector<std::uint64_t> connections = {30, 20, 8};  // the output layer's last
  TrainingCost cost;
  add_steps(cost, connections, 10, 3);
  EXPECT_EQ(cost.steps, 3U);
  EXPECT_EQ(cost.connection_steps, 150U);
  EXPECT_EQ(cost.peak_connections, 50U);
  EXPECT_EQ(cost.forward, 3U * 10 * 58);
  EXPECT_EQ(cost.backward, 3U * 10 * (58 + 28)) << "no gradient of the network's inputs";
  EXPECT_EQ(cost.scoring, 0U);
}

TEST(TrainingCost, OfAStepThatScoresHasGradientsOfTheScoredCellsAlone) {
  const std::vector<std::uint64_t> connections = {30, 20, 8};
  TrainingCost cost;
  add_scoring_step(cost, connections, 10, 1000);
  EXPECT_EQ(cost.steps, 1U);
  EXPECT_EQ(cost.forward, 10U * 58);
  EXPECT_EQ(cost.backward, 10U * 28);
  EXPECT_EQ(cost.scoring, 10'000U);
}

TEST(TrainingCost, IsMeasuredByItsMeanAndItsPeak) {
  TrainingCost cost;
  EXPECT_EQ(mean_connections(cost), 0);
  add_steps(cost, std::vector<std::uint64_t>{100, 1}, 1, 1);
  add_steps(cost, std::vector<std::uint64_t>{40, 1}, 1, 3);
  add_steps(cost, std::vector<std::uint64_t>{900, 1}, 1, 0);
  EXPECT_EQ(mean_connections(cost), 55);
  EXPECT_EQ(cost.peak_connections, 100U) << "of steps that were trained";
}

}  // namespace
}  // namespace regrow

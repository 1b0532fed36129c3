#include "sweep/estimate.h"

#include <gtest/gtest.h>

#include <vector>

namespace regrow {
namespace {

double in_turn(const std::vector<std::int64_t>& left, std::size_t jobs) {
  return epochs_in_turn(left, jobs);
}

TEST(EpochsInTurn, AreSharedOutButForTheLongestRun) {
  EXPECT_EQ(in_turn({10, 20, 30}, 1), 60);
  EXPECT_EQ(in_turn({10, 20, 30}, 2), 30);
  EXPECT_EQ(in_turn({10, 10, 10}, 2), 15);
  EXPECT_EQ(in_turn({100}, 16), 100) << "one run is not trained by many jobs";
  EXPECT_EQ(in_turn({}, 4), 0);
}

}  // namespace
}  // namespace regrow

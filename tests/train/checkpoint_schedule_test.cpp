// When a state is saved.
#include "train/checkpoint_schedule.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

constexpr CheckpointInterval kAuto;

TEST(CheckpointSchedule, InEpochsIsKeptWhateverTheWriterDoes) {
  const CheckpointInterval interval{.epochs = 3};
  for (const bool is_busy : {false, true}) {
    for (std::uint32_t epochs = 1; epochs < 20; ++epochs) {
      EXPECT_EQ(is_checkpoint_due(interval, epochs, {.seconds = 1e6, .is_busy = is_busy}),
                epochs % 3 == 0)
          << epochs;
    }
  }
}

TEST(CheckpointSchedule, InSecondsWaitsForTheWriterNoLongerThanAnotherInterval) {
  const CheckpointInterval interval{.seconds = 2};
  EXPECT_FALSE(is_checkpoint_due(interval, 7, {.seconds = 1.9}));
  EXPECT_TRUE(is_checkpoint_due(interval, 7, {.seconds = 2}));
  EXPECT_TRUE(is_checkpoint_due(interval, 7, {.seconds = 2, .cost_seconds = 100}));
  EXPECT_FALSE(is_checkpoint_due(interval, 7, {.seconds = 3.9, .is_busy = true}));
  EXPECT_TRUE(is_checkpoint_due(interval, 7, {.seconds = 4, .is_busy = true}));
}

TEST(CheckpointSchedule, OfItsOwnTakesUnderOnePercentOfTheTime) {
  EXPECT_FALSE(is_checkpoint_due(kAuto, 7, {.seconds = 29.9}));
  EXPECT_TRUE(is_checkpoint_due(kAuto, 7, {.seconds = 30}));
  EXPECT_TRUE(is_checkpoint_due(kAuto, 7, {.seconds = 30, .cost_seconds = 0.3}));
  EXPECT_FALSE(is_checkpoint_due(kAuto, 7, {.seconds = 39.9, .cost_seconds = 0.4}));
  EXPECT_TRUE(is_checkpoint_due(kAuto, 7, {.seconds = 40.1, .cost_seconds = 0.4}));
}

}  // namespace
}  // namespace regrow

// When evolution pauses: DynSET's gate.
#include <gtest/gtest.h>

#include "evolution/records.h"

namespace regrow {
namespace {

using testing::history_of;
using testing::pauses_after;

Config pausing_on(Measure pause) {
  Config config;
  config.pause = pause;
  return config;
}

TEST(Pause, ComesFirstAtEpochFourComparingWithEpochOne) {
  const Config config = pausing_on(Measure::kLoss);
  EXPECT_FALSE(pauses_after(config, history_of(&EpochRecord::loss, {1, 2, 3, 4})));
  EXPECT_TRUE(pauses_after(config, history_of(&EpochRecord::loss, {9, 2, 9, 9, 2.1})));
  EXPECT_FALSE(pauses_after(config, history_of(&EpochRecord::loss, {0, 2, 0, 0, 1.9})));
}

TEST(Pause, ProseReadingComparesFiveEpochsBack) {
  Config config = pausing_on(Measure::kLoss);
  config.pause_gap = 5;
  config.pause_min_history = 6;
  EXPECT_FALSE(pauses_after(config, history_of(&EpochRecord::loss, {2, 9, 9, 9, 9})));
  EXPECT_TRUE(pauses_after(config, history_of(&EpochRecord::loss, {2, 9, 9, 9, 9, 2.1})));
  EXPECT_FALSE(pauses_after(config, history_of(&EpochRecord::loss, {2, 0, 0, 0, 0, 1.9})));
}

TEST(Pause, EqualIsNotWorse) {
  EXPECT_FALSE(
      pauses_after(pausing_on(Measure::kLoss), history_of(&EpochRecord::loss, {1, 1, 1, 1, 1})));
  EXPECT_FALSE(pauses_after(pausing_on(Measure::kValAcc),
                            history_of(&EpochRecord::val_accuracy, {.5, .5, .5, .5, .5})));
}

TEST(Pause, WorseIsGreaterForALossAndSmallerForAnAccuracy) {
  struct Case {
    Measure pause;
    double EpochRecord::*measure;
    bool is_loss;
  };
  for (const Case& c : {Case{Measure::kLoss, &EpochRecord::loss, true},
                        Case{Measure::kValLoss, &EpochRecord::val_loss, true},
                        Case{Measure::kAcc, &EpochRecord::accuracy, false},
                        Case{Measure::kValAcc, &EpochRecord::val_accuracy, false}}) {
    EXPECT_EQ(pauses_after(pausing_on(c.pause), history_of(c.measure, {0, .5, 0, 0, .6})),
              c.is_loss);
    EXPECT_EQ(pauses_after(pausing_on(c.pause), history_of(c.measure, {0, .5, 0, 0, .4})),
              !c.is_loss);
  }
}

TEST(Pause, NoneNeverPausesAndIndependentOfTheMethod) {
  const auto worsening = history_of(&EpochRecord::val_loss, {1, 2, 3, 4, 5, 6});
  EXPECT_FALSE(pauses_after(pausing_on(Measure::kNone), worsening));
  Config config = pausing_on(Measure::kValLoss);
  config.method = Method::kSet;  // SET + pause
  EXPECT_TRUE(pauses_after(config, worsening));
}

TEST(Pause, UnresolvedConfigurationIsOurError) {
  EXPECT_THROW(pauses(pausing_on(Measure::kAuto), {}), std::logic_error);
}

}  // namespace
}  // namespace regrow

// What a run remembers of its epochs.
#include "regrow/evolution/history.h"

#include <gtest/gtest.h>

#include "evolution/records.h"

namespace regrow {
namespace {

using testing::as_history;
using testing::history_of;

Config without_pause() {
  Config config;
  config.pause = Measure::kNone;
  config.monitor = Measure::kValAcc;
  return config;
}

TEST(History, KnowsTheFirstTheBestAndTheLastRecord) {
  const auto records = history_of(&EpochRecord::val_accuracy, {0.2, 0.7, 0.5, 0.7, 0.1});
  const History history = as_history(Config(), records);
  EXPECT_EQ(history.epochs, 5U);
  EXPECT_EQ(history.first, records[0]);
  EXPECT_EQ(history.best, records[1]) << "the first of equals";
  EXPECT_EQ(history.last, records[4]);
}

TEST(History, KnowsTheBestByItsMonitor) {
  struct Case {
    Measure monitor;
    double EpochRecord::*field;
    std::uint32_t best;
  };
  for (const Case& of : {Case{Measure::kLoss, &EpochRecord::loss, 2},
                         Case{Measure::kValLoss, &EpochRecord::val_loss, 2},
                         Case{Measure::kAcc, &EpochRecord::accuracy, 1},
                         Case{Measure::kValAcc, &EpochRecord::val_accuracy, 1}}) {
    Config config;
    config.monitor = of.monitor;
    config.min_delta = 0.5;  // of no matter for the best
    const History history = as_history(config, history_of(of.field, {0.2, 0.7, 0.1, 0.7, 0.1}));
    EXPECT_EQ(history.best.epoch, of.best);
  }
}

TEST(History, RemembersOfThePausesMeasureNoMoreThanThePauseLooksAt) {
  Config config;
  config.pause = Measure::kLoss;
  config.pause_gap = 2;
  const auto losses = [&](std::initializer_list<double> values) {
    return as_history(config, history_of(&EpochRecord::loss, values)).recent;
  };
  EXPECT_EQ(losses({}), std::deque<double>());
  EXPECT_EQ(losses({4, 3}), (std::deque<double>{4, 3}));
  EXPECT_EQ(losses({5, 4, 3, 2}), (std::deque<double>{4, 3, 2}));
  config.pause = Measure::kNone;
  EXPECT_EQ(losses({5, 4, 3, 2}), std::deque<double>());
}

TEST(History, CompletesTheLastRecordWhereverItStands) {
  History history = as_history(Config(), history_of(&EpochRecord::val_accuracy, {0.5}));
  EpochRecord completed = history.last;
  completed.theta = 0.25;
  completed.paused = true;
  complete_last(history, completed);
  EXPECT_EQ(history.first, completed);
  EXPECT_EQ(history.best, completed);
  EXPECT_EQ(history.last, completed);
  EXPECT_EQ(history.paused_epochs, 1U);
  complete_last(history, completed);
  EXPECT_EQ(history.paused_epochs, 1U) << "once";

  EpochRecord second;
  second.epoch = 1;
  append(history, without_pause(), without_pause(), second);
  second.theta = 0.5;
  complete_last(history, second);
  EXPECT_EQ(history.first, completed);
  EXPECT_EQ(history.best, completed);
  EXPECT_EQ(history.last, second);
  EXPECT_EQ(history.paused_epochs, 1U);
}

TEST(History, HasNoGapsAndIsCompletedAtItsEnd) {
  History history;
  EpochRecord record;
  EXPECT_THROW(complete_last(history, record), std::logic_error);
  record.epoch = 1;
  EXPECT_THROW(append(history, without_pause(), without_pause(), record), std::logic_error);
  record.epoch = 0;
  append(history, without_pause(), without_pause(), record);
  EXPECT_THROW(append(history, without_pause(), without_pause(), record), std::logic_error);
  record.epoch = 1;
  EXPECT_THROW(complete_last(history, record), std::logic_error);
}

}  // namespace
}  // namespace regrow

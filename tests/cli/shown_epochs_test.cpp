// Which epochs of a run have a line on a terminal.
#include "cli/terminal/shown_epochs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace regrow::tests {
namespace {

/// Shows the epochs of a run one after the other, and keeps their numbers from 1.
class ShownRun {
 public:
  ShownRun(std::uint32_t done, std::int64_t epochs, double best_before = 0)
      : shown_(history_of(done, best_before), epochs, Measure::kValAcc), epoch_(done) {}

  /// So many epochs, of this validation accuracy.
  void train(std::int64_t epochs, double val_accuracy) {
    for (std::int64_t i = 0; i < epochs; ++i) {
      EpochRecord record;
      record.epoch = epoch_++;
      record.val_accuracy = val_accuracy;
      keep(shown_.after(record, {}));
    }
  }
  void stop() { keep(shown_.held_back()); }

  std::vector<std::uint32_t> numbers, best;

 private:
  static History history_of(std::uint32_t epochs, double best) {
    History history;
    history.epochs = epochs;
    history.best.val_accuracy = best;
    return history;
  }

  void keep(const std::vector<ShownEpoch>& epochs) {
    for (const ShownEpoch& epoch : epochs) {
      numbers.push_back(epoch.record.epoch + 1);
      if (epoch.is_best) best.push_back(epoch.record.epoch + 1);
    }
  }

  ShownEpochs shown_;
  std::uint32_t epoch_;
};

TEST(ShownEpochs, KnowTheBestByTheMonitor) {
  ShownEpochs shown({}, 10, Measure::kLoss);
  std::vector<bool> best;
  for (const double loss : {3.0, 4.0, 2.0, 2.0}) {
    EpochRecord record;
    record.epoch = static_cast<std::uint32_t>(best.size());
    record.loss = loss;
    record.val_accuracy = loss;
    best.push_back(shown.after(record, {}).back().is_best);
  }
  EXPECT_EQ(best, (std::vector<bool>{true, false, true, false}));
}

TEST(ShownEpochs, AreAllOfAShortRun) {
  ShownRun run(0, 50);
  run.train(50, 0.5);
  run.stop();
  std::vector<std::uint32_t> all(50);
  std::iota(all.begin(), all.end(), 1U);
  EXPECT_EQ(run.numbers, all);
  EXPECT_EQ(run.best, std::vector<std::uint32_t>{1}) << "the first of equals";
}

TEST(ShownEpochs, AreRoundNumbersOfALongRunAndItsEnds) {
  ShownRun run(0, 1003);
  run.train(1003, 0.5);
  EXPECT_EQ(run.numbers.size(), 1 + 20 + 1U);
  EXPECT_EQ(std::vector(run.numbers.begin(), run.numbers.begin() + 3),
            (std::vector<std::uint32_t>{1, 50, 100}));
  EXPECT_EQ(run.numbers.back(), 1003U);
}

TEST(ShownEpochs, HoldTheBestOfThoseBetween) {
  ShownRun run(0, 100);
  run.train(1, 0.1);
  run.train(2, 0.2);
  run.train(1, 0.1);
  run.train(1, 0.4);
  run.train(1, 0.3);
  EXPECT_EQ(run.numbers, (std::vector<std::uint32_t>{1, 2, 4, 5, 6}));
  EXPECT_EQ(run.best, (std::vector<std::uint32_t>{1, 2, 5}));
  run.stop();
  EXPECT_EQ(run.numbers.size(), 5U) << "the last one has its line";
  run.train(1, 0.5);
  run.stop();
  EXPECT_EQ(run.numbers.back(), 7U) << "the last one before a stop";
}

TEST(ShownEpochs, AreFewHoweverLongTheRunIs) {
  for (const std::int64_t epochs : {51, 99, 100, 101, 999, 20000}) {
    ShownRun run(0, epochs);
    for (std::int64_t i = 1; i <= epochs; ++i) run.train(1, static_cast<double>(i));
    EXPECT_LE(run.numbers.size(), 102U) << epochs;
    EXPECT_GE(run.numbers.size(), 20U) << epochs;
    EXPECT_EQ(run.numbers.back(), epochs);
  }
}

TEST(ShownEpochs, KnowTheBestBeforeAResumption) {
  ShownRun run(90, 100, 0.9);
  run.train(5, 0.5);
  run.train(5, 0.95);
  EXPECT_EQ(run.numbers.size(), 10U) << "few are left: all of them";
  EXPECT_EQ(run.numbers.front(), 91U);
  EXPECT_EQ(run.best, std::vector<std::uint32_t>{96});
}

}  // namespace
}  // namespace regrow::tests

// The bar of a terminal, the lines above it, and those of a pipe.
#include "cli/terminal/progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

namespace regrow::tests {
namespace {

EpochRecord record() {
  EpochRecord record;
  record.epoch = 4;
  record.loss = 1.25;
  record.accuracy = 0.5;
  record.val_loss = 1.5;
  record.val_accuracy = 0.375;
  record.theta = 0.625;
  record.connections = 1234;
  return record;
}

EpochTimings timings() { return {.epoch = 4, .train = 1, .evaluate = 0.25}; }

constexpr RunSize kTenEpochs = {
    .epochs = 10, .cells = 20000, .connections = 1500, .batch = 25, .samples = 150};

TEST(ProgressLines, SayAllOfAnEpoch) {
  std::ostringstream out, err;
  ProgressReporter reporter({.bar = false, .lines = true}, kTenEpochs, {}, out, err);
  reporter.on_progress(4, 3, 6, 1.0);
  reporter.on_epoch(record(), timings());
  EpochRecord paused = record();
  paused.paused = true;
  paused.theta.reset();
  reporter.on_epoch(paused, timings());
  const std::string line =
      "epoch 5/10  loss 1.2500  acc 0.5000  val_loss 1.5000  val_acc 0.3750  theta 0.6250  "
      "connections 1234  density 0.0617  1.25 s\n";
  const std::string paused_line =
      "epoch 5/10  loss 1.2500  acc 0.5000  val_loss 1.5000  val_acc 0.3750  theta -  "
      "connections 1234  density 0.0617  1.25 s  paused\n";
  EXPECT_EQ(out.str(), line + paused_line);
  EXPECT_EQ(err.str(), "");
}

TEST(ProgressLines, HaveNoAccuracyOfNumbers) {
  std::ostringstream out, err;
  RunSize size = kTenEpochs;
  size.has_accuracy = false;
  ProgressReporter({.bar = false, .lines = true}, size, {}, out, err).on_epoch(record(), timings());
  EXPECT_EQ(
      out.str(),
      "epoch 5/10  loss 1.2500  val_loss 1.5000  theta 0.6250  connections 1234  density 0.0617  "
      "1.25 s\n");
}

TEST(ProgressBar, IsRedrawnOnOneLineAndTakenAway) {
  std::ostringstream out, err;
  {
    ProgressReporter reporter({.bar = true, .lines = false, .columns = 200}, kTenEpochs, {}, out,
                              err);
    reporter.on_progress(4, 3, 6, 1.0);
    reporter.on_epoch(record(), timings());
    reporter.on_progress(5, 0, 6, 2.0);
  }
  const std::string text = err.str();
  EXPECT_EQ(text.find('\n'), std::string::npos);
  for (const char* part :
       {"\repoch  5/10 [", "]  45 %  ETA -:--:--  loss 1.0000  val_acc      -        - samples/s  ",
        "  step 3/6  connections 1,500  density 0.0750  theta      -\x1b[J\repoch  6/10 [",
        "]  50 %  ETA 0:00:0", "  loss 2.0000  val_acc 0.3750      150 samples/s  step 0/6  ",
        "  connections 1,234  density 0.0617  theta 0.6250\x1b[J"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  EXPECT_EQ(text.substr(text.size() - 4), "\r\x1b[K") << "an empty line at the end";
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressBar, IsLeftForAWhileWhereEpochsAreShort) {
  std::ostringstream out, err;
  ProgressReporter reporter({.bar = true, .columns = 80, .redraw_after = std::chrono::hours(1)},
                            kTenEpochs, {}, out, err);
  reporter.on_progress(0, 6, 6, 1.0);
  const std::string drawn_once = err.str();
  reporter.on_progress(1, 6, 6, 1.0);
  EXPECT_EQ(err.str(), drawn_once);
}

History four_epochs() {
  History history;
  history.epochs = 4;
  history.best.val_accuracy = 0.25;
  history.last.val_accuracy = 0.125;
  return history;
}

TEST(ProgressBar, KnowsTheEpochBeforeAResumption) {
  std::ostringstream out, err;
  ProgressReporter reporter({.bar = true, .columns = 100}, kTenEpochs, four_epochs(), out, err);
  reporter.on_progress(4, 3, 6, 1.0);
  EXPECT_NE(err.str().find("  val_acc 0.1250"), std::string::npos) << err.str();
}

TEST(ProgressTable, StandsAboveTheBar) {
  std::ostringstream both;  // a terminal is behind both streams
  {
    ProgressReporter reporter({.bar = true, .table = true, .columns = 60}, kTenEpochs,
                              four_epochs(), both, both);
    reporter.on_progress(4, 6, 6, 1.0);
    both.str("");
    reporter.on_epoch(record(), timings());
  }
  const std::string text = both.str();
  EXPECT_EQ(text.rfind("\r\x1b[Kepoch    loss     acc  val_acc  connections  density   theta\n"
                       "    5  1.2500  0.5000  *0.3750        1,234   0.0617  0.6250\n"
                       "\repoch  5/10 [",
                       0),
            0U)
      << text;
}

TEST(ProgressTable, ShowsWhereARunThatStopsHasCome) {
  RunSize size = kTenEpochs;
  size.epochs = 1000;
  std::ostringstream out, err;
  {
    ProgressReporter reporter({.bar = true, .table = true, .columns = 60}, size, {}, out, err);
    for (std::uint32_t epoch = 0; epoch < 5; ++epoch) {
      EpochRecord one = record();
      one.epoch = epoch;
      reporter.on_epoch(one, timings());
    }
  }
  EXPECT_EQ(out.str(),
            "epoch    loss     acc  val_acc  connections  density   theta\n"
            "    1  1.2500  0.5000  *0.3750        1,234   0.0617  0.6250\n"
            "    5  1.2500  0.5000   0.3750        1,234   0.0617  0.6250\n");
}

TEST(TrainingSpeed, IsOfTrainingAlone) {
  using std::chrono::milliseconds;
  const TrainingSpeed::Clock::time_point start{};
  TrainingSpeed speed;
  EXPECT_FALSE(speed.samples_per_second());
  // Goes on in the middle of an epoch: what was trained before is not counted.
  speed.note_piece(3, 500, start);
  EXPECT_FALSE(speed.samples_per_second());
  speed.note_piece(3, 600, start + milliseconds(100));
  EXPECT_NEAR(*speed.samples_per_second(), 1000, 1e-6);
  // An evaluation of a minute.
  speed.note_epoch(700, 1e-3);
  speed.note_piece(4, 100, start + milliseconds(60100));
  speed.note_piece(4, 200, start + milliseconds(60200));
  EXPECT_NEAR(*speed.samples_per_second(), 1000, 1e-6);
  // The older the less they weigh.
  for (int i = 1; i <= 60; ++i) {
    speed.note_piece(4, 200 + static_cast<std::uint64_t>(i) * 2000,
                     start + milliseconds(60200 + i * 1000));
  }
  EXPECT_NEAR(*speed.samples_per_second(), 2000, 1);
}

TEST(TrainingSpeed, IsThatOfWholeEpochsWhereTheseHaveOnePiece) {
  TrainingSpeed speed;
  const TrainingSpeed::Clock::time_point start{};
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    speed.note_piece(epoch, 500, start + std::chrono::seconds(epoch));
    speed.note_epoch(500, 0.25);
  }
  EXPECT_NEAR(*speed.samples_per_second(), 2000, 1e-6);
}

TEST(QuietProgress, PrintsNothing) {
  std::ostringstream out, err;
  ProgressReporter reporter(progress_style(true), kTenEpochs, {}, out, err);
  reporter.on_progress(4, 3, 6, 1.0);
  reporter.on_epoch(record(), timings());
  reporter.finish();
  EXPECT_EQ(out.str() + err.str(), "");
}

}  // namespace
}  // namespace regrow::tests

// The bar of a terminal and the lines of a pipe.
#include "cli/progress.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
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

TEST(ProgressLines, SayAllOfAnEpoch) {
  std::ostringstream out, err;
  ProgressReporter reporter({.bar = false, .lines = true}, 10, out, err);
  reporter.on_progress(4, 3, 6, 1.0);
  reporter.on_epoch(record(), timings());
  EpochRecord paused = record();
  paused.paused = true;
  paused.theta.reset();
  reporter.on_epoch(paused, timings());
  const std::string line =
      "epoch 4  loss 1.2500  acc 0.5000  val_loss 1.5000  val_acc 0.3750  theta 0.6250  "
      "connections 1234  1.25 s\n";
  const std::string paused_line =
      "epoch 4  loss 1.2500  acc 0.5000  val_loss 1.5000  val_acc 0.3750  theta -  "
      "connections 1234  1.25 s  paused\n";
  EXPECT_EQ(out.str(), line + paused_line);
  EXPECT_EQ(err.str(), "");
}

TEST(ProgressBar, IsRedrawnOnOneLineAndTakenAway) {
  std::ostringstream out, err;
  {
    ProgressReporter reporter({.bar = true, .lines = false, .columns = 100}, 10, out, err);
    reporter.on_progress(4, 3, 6, 1.0);
    reporter.on_epoch(record(), timings());
    reporter.on_progress(5, 0, 6, 2.0);
  }
  const std::string text = err.str();
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(text.find("epoch 4 (5/10) [#####.......]  ETA -:--:--  loss 1.0000  step 3/6"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("epoch 5 (6/10) [######......]  ETA 0:00:0"), std::string::npos) << text;
  EXPECT_NE(text.find("loss 2.0000  val 0.3750  step 0/6"), std::string::npos) << text;
  EXPECT_EQ(text.substr(text.size() - 4), "\r\x1b[K") << "an empty line at the end";
  EXPECT_EQ(out.str(), "");
}

/// The bar of a long run after its last step, as a terminal of so many columns shows it.
std::string last_bar(std::size_t columns) {
  constexpr std::uint32_t kEpochs = 100000;
  std::ostringstream out, err;
  ProgressReporter reporter({.bar = true, .lines = false, .columns = columns}, kEpochs, out, err);
  reporter.on_epoch(record(), timings());
  reporter.on_progress(kEpochs - 2, 500, 500, 1.0);
  reporter.on_progress(kEpochs - 1, 500, 500, 1.0);
  const std::string text = err.str();
  return text.substr(text.rfind('\x1b') + 3);
}

TEST(ProgressBar, FitsTheTerminal) {
  const std::string head = "epoch 99999 (100000/100000)";
  EXPECT_EQ(last_bar(200), head +
                               " [############]  ETA 0:00:00  loss 1.0000  val 0.3750  step "
                               "500/500");
  EXPECT_EQ(last_bar(80), head + " [###########]  ETA 0:00:00  loss 1.0000  val 0.3750");
  EXPECT_EQ(last_bar(40), head + " [#########]");
  EXPECT_EQ(last_bar(20), head.substr(0, 19));
  for (std::size_t columns = 1; columns <= 120; ++columns) {
    EXPECT_LT(last_bar(columns).size(), columns);
  }
}

TEST(Hours, AreNoneOfWhatIsNoTime) {
  EXPECT_EQ(hours(3723), "1:02:03");
  EXPECT_EQ(hours(0), "0:00:00");
  EXPECT_EQ(hours(3e9), "833333:20:00");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double seconds : {-1.0, 1e10, 1e308, kInfinity, -kInfinity, std::nan("")}) {
    EXPECT_EQ(hours(seconds), "-:--:--") << seconds;
  }
  EXPECT_EQ(hours(std::nullopt), "-:--:--");
}

TEST(QuietProgress, PrintsNothing) {
  std::ostringstream out, err;
  ProgressReporter reporter(progress_style(true), 10, out, err);
  reporter.on_progress(4, 3, 6, 1.0);
  reporter.on_epoch(record(), timings());
  EXPECT_EQ(out.str() + err.str(), "");
}

}  // namespace
}  // namespace regrow::tests

// The lines of epochs above the bar.
#include "cli/terminal/epoch_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "cli/terminal/text_layout.h"

namespace regrow::tests {
namespace {

constexpr RunSize kSize = {
    .epochs = 1000, .cells = 20000, .connections = 1500, .batch = 100, .samples = 50000};

ShownEpoch fifth_epoch() {
  ShownEpoch epoch;
  epoch.record.epoch = 4;
  epoch.record.loss = 12.25;
  epoch.record.accuracy = 0.5;
  epoch.record.val_loss = 1.5;
  epoch.record.val_accuracy = 0.375;
  epoch.record.theta = 0.625;
  epoch.record.connections = 1234;
  epoch.record.layers.resize(2);
  epoch.record.layers[0].dropped = 1000;
  epoch.record.layers[1].dropped = 34;
  epoch.record.layers[1].grown = 768;
  epoch.timings = {.epoch = 4, .train = 1, .evaluate = 0.25};
  return epoch;
}

using Lines = std::vector<std::string>;

TEST(EpochTable, HasAllColumnsWhereThereIsRoom) {
  EXPECT_EQ(
      EpochTable(kSize).lines(fifth_epoch(), 200),
      (Lines{"epoch    loss     acc  val_loss  val_acc  connections  density   theta  dropped  "
             "grown  seconds  samples/s",
             "    5  12.250  0.5000    1.5000   0.3750        1,234   0.0617  0.6250    1,034    "
             "768     1.25     50,000"}));
}

TEST(EpochTable, HasNoAccuraciesOfNumbers) {
  RunSize size = kSize;
  size.has_accuracy = false;
  const std::string names = EpochTable(size).lines(fifth_epoch(), 200)[0];
  EXPECT_EQ(names.find("acc"), std::string::npos) << names;
  EXPECT_NE(names.find("val_loss"), std::string::npos) << names;
}

TEST(EpochTable, LeavesOutWhatMattersLeast) {
  EXPECT_EQ(EpochTable(kSize).lines(fifth_epoch(), 80).front(),
            "epoch    loss     acc  val_loss  val_acc  connections  density   theta  seconds");
  EXPECT_EQ(EpochTable(kSize).lines(fifth_epoch(), 60),
            (Lines{"epoch    loss     acc  val_acc  connections  density   theta",
                   "    5  12.250  0.5000   0.3750        1,234   0.0617  0.6250"}));
  EXPECT_EQ(EpochTable(kSize).lines(fifth_epoch(), 20),
            (Lines{"epoch  val_acc", "    5   0.3750"}));
  EXPECT_EQ(EpochTable(kSize).lines(fifth_epoch(), 1), (Lines{"epoch", "    5"}));
}

TEST(EpochTable, HasItsStarAtTheMonitor) {
  ShownEpoch epoch = fifth_epoch();
  epoch.is_best = true;
  for (const auto& [monitor, starred] :
       {std::pair{Measure::kLoss, "*12.250"}, std::pair{Measure::kAcc, "*0.5000"},
        std::pair{Measure::kValLoss, "*1.5000"}, std::pair{Measure::kValAcc, "*0.3750"}}) {
    RunSize size = kSize;
    size.monitor = monitor;
    const std::string line = EpochTable(size).lines(epoch, 200).back();
    EXPECT_NE(line.find(starred), std::string::npos) << line;
    EXPECT_EQ(std::count(line.begin(), line.end(), '*'), 1) << line;
  }
}

TEST(EpochTable, NeverWraps) {
  ShownEpoch epoch = fifth_epoch();
  epoch.is_best = true;
  epoch.record.loss = 1e300;
  epoch.timings.train = 1e-300;
  epoch.timings.evaluate = 1e300;
  for (std::size_t columns = 5; columns <= 150; ++columns) {
    for (const std::string& line : EpochTable(kSize).lines(epoch, columns)) {
      EXPECT_LE(display_width(line), columns) << line;
    }
  }
}

TEST(EpochTable, MarksTheBestAndThePaused) {
  ShownEpoch epoch = fifth_epoch();
  epoch.is_best = true;
  epoch.record.paused = true;
  EXPECT_EQ(EpochTable(kSize).lines(epoch, 60).back(),
            "    5  12.250  0.5000  *0.3750        1,234   0.0617  paused");
}

TEST(EpochTable, NamesItsColumnsOnceAScreenAndAfterAResize) {
  EpochTable table(kSize);
  std::vector<std::size_t> lines;
  for (int i = 0; i < 41; ++i) lines.push_back(table.lines(fifth_epoch(), 60).size());
  EXPECT_EQ(lines[0], 2U);
  EXPECT_EQ(lines[1], 1U);
  EXPECT_EQ(lines[19], 1U);
  EXPECT_EQ(lines[20], 2U);
  EXPECT_EQ(lines[40], 2U);
  EXPECT_EQ(table.lines(fifth_epoch(), 61).size(), 2U);
}

}  // namespace
}  // namespace regrow::tests

// What is read from the log of a run that still writes it.
#include "sweep/run_log.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace regrow {
namespace {

class RunLog : public testing::Test {
 protected:
  LogTail tail_of(const std::string& text, std::uintmax_t from = 0) {
    std::ofstream(dir_.path() / "log", std::ios::binary) << text;
    return read_log_tail(dir_.path() / "log", from);
  }

  TempDir dir_;
};

constexpr const char* kEpoch = "epoch 12  loss 1.5  acc 0.5  connections 3  6.60 s";

TEST_F(RunLog, HasTheLatestEpochThatIsWhole) {
  const LogTail tail =
      tail_of(std::string("a\n") + kEpoch + "\n\nepoch 13  loss 1.4  acc 0.6  connections 3  6.");
  ASSERT_TRUE(tail.epoch.has_value());
  EXPECT_EQ(tail.epoch->epoch, 12U);
  EXPECT_EQ(tail.epoch->facts, "loss 1.5  acc 0.5  connections 3");
  EXPECT_EQ(tail.epoch->seconds, 6.6);
  EXPECT_EQ(tail.last_line, kEpoch);
}

TEST_F(RunLog, HasPausedEpochsToo) {
  EXPECT_EQ(tail_of(std::string(kEpoch) + "  paused\n").epoch->epoch, 12U);
}

TEST_F(RunLog, IgnoresWhatAFormerChildWrote) {
  const std::string former = std::string(kEpoch) + "\n";
  EXPECT_FALSE(tail_of(former, former.size()).epoch.has_value());
  const LogTail tail = tail_of(former + "error: no data\n", former.size());
  EXPECT_FALSE(tail.epoch.has_value());
  EXPECT_EQ(tail.last_line, "error: no data");
}

TEST_F(RunLog, FindsAnErrorAmongTheLinesOfAnother) {
  const LogTail tail = tail_of(std::string("error: no room\n") + kEpoch + "\n");
  EXPECT_EQ(tail.reason(), "error: no room");
  EXPECT_EQ(tail.last_line, kEpoch);
  EXPECT_EQ(tail_of("a\nb\n").reason(), "b");
}

TEST_F(RunLog, OfALongLogIsItsEnd) {
  EXPECT_EQ(tail_of(std::string(100000, 'x') + "\n" + kEpoch + "\n").epoch->epoch, 12U);
}

TEST_F(RunLog, ThatIsNotThereSaysNothing) {
  const LogTail tail = read_log_tail(dir_.path() / "none", 0);
  EXPECT_FALSE(tail.epoch.has_value());
  EXPECT_EQ(tail.last_line, "");
}

}  // namespace
}  // namespace regrow

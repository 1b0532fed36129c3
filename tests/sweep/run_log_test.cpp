// What is quoted from the log of a run that failed.
#include "sweep/run_log.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace regrow {
namespace {

class RunLog : public testing::Test {
 protected:
  std::string reason_in(const std::string& text, std::uintmax_t from = 0) {
    std::ofstream(dir_.path() / "log", std::ios::binary) << text;
    return quoted_reason(dir_.path() / "log", from);
  }

  TempDir dir_;
};

TEST_F(RunLog, GivesItsLastWholeLine) {
  EXPECT_EQ(reason_in("a\nb\n"), "b");
  EXPECT_EQ(reason_in("a\nb\n\nc"), "b");
}

TEST_F(RunLog, GivesAnErrorAmongTheLinesOfAnother) {
  EXPECT_EQ(reason_in("error: old\nerror: no room\nepoch 12\n"), "error: no room");
}

TEST_F(RunLog, IgnoresWhatAFormerChildWrote) {
  const std::string former = "error: no room\n";
  EXPECT_EQ(reason_in(former, former.size()), "");
  EXPECT_EQ(reason_in(former + "epoch 1\n", former.size()), "epoch 1");
}

TEST_F(RunLog, OfAGreatLengthIsItsEnd) {
  EXPECT_EQ(reason_in(std::string(100000, 'x') + "\nerror: no data\n"), "error: no data");
}

TEST_F(RunLog, ThatIsNotThereGivesNothing) {
  EXPECT_EQ(quoted_reason(dir_.path() / "none", 0), "");
}

}  // namespace
}  // namespace regrow

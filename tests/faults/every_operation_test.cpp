// A kill, a full disk, and signals at every single file operation of a run: it always goes on, and
// ends as if nothing had been.
#include <gtest/gtest.h>

#include "faults/faulty_program.h"

namespace regrow::tests {
namespace {

using EveryFileOperation = FaultyProgram;

TEST_F(EveryFileOperation, MayBeTheLastOfAKilledProgram) {
  for (long n = 0; n < operations_ && !HasFailure(); ++n) {
    const std::string what = "killed at operation " + std::to_string(n);
    EXPECT_EQ(train_with("kill", n).exit_code, -1) << what;
    expect_recovery(what);
  }
}

TEST_F(EveryFileOperation, MayFindTheDiskFull) {
  for (long n = 0; n < operations_ && !HasFailure(); ++n) {
    const std::string what = "disk full from operation " + std::to_string(n);
    SCOPED_TRACE(what);
    expect_error(train_with("full", n), 1, {"r", "No space left", "; "});
    expect_recovery(what);
  }
}

TEST_F(EveryFileOperation, MayMeetASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    // Half of the places each: writing takes the same paths whichever signal it was.
    for (long n = signal == SIGINT ? 0 : 1; n < operations_ && !HasFailure(); n += 2) {
      const std::string what =
          "signal " + std::to_string(signal) + " at operation " + std::to_string(n);
      const CommandResult result = train_with("signal:" + std::to_string(signal), n);
      // After the last epoch there is nothing left to stop.
      if (result.exit_code != 0) {
        EXPECT_EQ(result.exit_code, 128 + signal) << what << ": " << result.err;
        EXPECT_NE(result.out.find("--resume r"), std::string::npos) << what;
      }
      expect_recovery(what);
    }
  }
}

TEST_F(EveryFileOperation, IsCutShortByTheSecondOfTheSameSignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    for (long n = 0; n < operations_ && !HasFailure(); n += 11) {
      const std::string what = "twice at operation " + std::to_string(n);
      EXPECT_EQ(train_with("signals:" + std::to_string(signal), n).exit_code, -1) << what;
      expect_recovery(what);
    }
  }
}

}  // namespace
}  // namespace regrow::tests

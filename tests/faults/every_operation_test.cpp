// A kill, a full disk, and signals at every single file operation of a run: it always goes on, and
// ends as if nothing had been.
#include <gtest/gtest.h>

#include "faults/faulty_program.h"

namespace regrow::tests {
namespace {

class EveryFileOperation : public FaultyProgram {
 protected:
  /// A run that meets this fault stops cleanly, and goes on.
  void expect_stop(const std::string& fault, int signal, long n) {
    const std::string what = fault + std::to_string(signal) + " at operation " + std::to_string(n);
    const CommandResult result = train_with(fault + std::to_string(signal), n);
    // After the last epoch there is nothing left to stop.
    if (result.exit_code != 0) {
      EXPECT_EQ(result.exit_code, 128 + signal) << what << ": " << result.err;
      EXPECT_NE(result.out.find("--resume r"), std::string::npos) << what;
    }
    expect_recovery(what);
  }
};

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
      expect_stop("signal:", signal, n);
    }
  }
}

// As a scheduler sends it, to a sweep and to its children.
TEST_F(EveryFileOperation, MayMeetATerminationTwice) {
  for (long n = 0; n < operations_ && !HasFailure(); n += 11) expect_stop("signals:", SIGTERM, n);
}

TEST_F(EveryFileOperation, IsCutShortByASecondInterrupt) {
  for (long n = 0; n < operations_ && !HasFailure(); n += 11) {
    const std::string what = "interrupted twice at operation " + std::to_string(n);
    EXPECT_EQ(train_with("signals:" + std::to_string(SIGINT), n).exit_code, -1) << what;
    expect_recovery(what);
  }
}

}  // namespace
}  // namespace regrow::tests

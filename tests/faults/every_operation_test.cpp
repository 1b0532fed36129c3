// A kill, a full disk, and signals at every single file operation of a run: it always goes on, and
// ends as if nothing had been.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "faults/faulty_program.h"

namespace regrow::tests {
namespace {

using Kind = FileFault::Kind;

class EveryFileOperation : public FaultyProgram {
 protected:
  /// A run that meets this fault stops cleanly, and goes on.
  void expect_stop(Kind kind, int signal, long n) {
    const std::string what = fmt::format("signal {} at operation {}", signal, n);
    const CommandResult result = train_with({.kind = kind, .at = n, .signal = signal});
    // After the last epoch there is nothing left to stop.
    if (result.exit_code != 0) {
      EXPECT_EQ(result.exit_code, 128 + signal) << what << ": " << result.err;
      EXPECT_NE(result.out.find("--resume r"), std::string::npos) << what;
    }
    expect_recovery(what);
  }
};

TEST_F(EveryFileOperation, MayBeTheLastOfAKilledProgram) {
  for (const long n : places_) {
    if (HasFailure()) break;
    const std::string what = fmt::format("killed at operation {}", n);
    EXPECT_EQ(train_with({.kind = Kind::kKill, .at = n}).exit_code, -1) << what;
    expect_recovery(what);
  }
}

TEST_F(EveryFileOperation, MayFindTheDiskFull) {
  for (const long n : places_) {
    if (HasFailure()) break;
    const std::string what = fmt::format("disk full from operation {}", n);
    SCOPED_TRACE(what);
    expect_error(train_with({.kind = Kind::kFull, .at = n}), 1, {"r", "No space left", "; "});
    if (std::filesystem::exists(at("r/summary.json"))) {
      EXPECT_EQ(content("r/summary.json").find("running"), std::string::npos) << "it has failed";
    }
    expect_recovery(what);
  }
}

TEST_F(EveryFileOperation, MayFailWithARemedyOfItsCause) {
  const std::map<int, const char*> remedies = {
      {EDQUOT, "disk quota"},           {EFBIG, "(ulimit -f)"},  {EMFILE, "(ulimit -n)"},
      {EROFS, "for writing"},           {EACCES, "permissions"}, {EIO, "check the disk"},
      {ESTALE, "network's file system"}};
  for (const auto& [error, remedy] : remedies) {
    for (std::size_t i = 0; i < places_.size() && !HasFailure(); i += 5) {
      SCOPED_TRACE(fmt::format("{} from operation {}", std::strerror(error), places_[i]));
      expect_error(train_with({.kind = Kind::kFull, .at = places_[i], .error = error}), 1,
                   {"r", std::strerror(error), remedy});
    }
  }
}

// As above, but what comes after it hides no error that was not noticed.
TEST_F(EveryFileOperation, MayFindTheDiskFullForAMoment) {
  for (const long n : places_) {
    if (HasFailure()) break;
    const std::string what = fmt::format("disk full at operation {}", n);
    SCOPED_TRACE(what);
    const CommandResult result = train_with({.kind = Kind::kFullOnce, .at = n});
    if (result.exit_code == 0) {  // such as a link, which then is a copy
      expect_same("r", "whole", what);
    } else {
      expect_error(result, 1, {"r", "No space left", "; "});
      expect_recovery(what);
    }
  }
}

TEST_F(EveryFileOperation, MayMeetASignal) {
  // Half of the places each: writing takes the same paths whichever signal it was.
  for (std::size_t i = 0; i < places_.size() && !HasFailure(); ++i) {
    expect_stop(Kind::kSignal, i % 2 == 0 ? SIGINT : SIGTERM, places_[i]);
  }
}

// As a scheduler sends it, to a sweep and to its children.
TEST_F(EveryFileOperation, MayMeetATerminationTwice) {
  for (std::size_t i = 0; i < places_.size() && !HasFailure(); i += 7) {
    expect_stop(Kind::kTwoSignals, SIGTERM, places_[i]);
  }
}

TEST_F(EveryFileOperation, IsCutShortByASecondInterrupt) {
  for (std::size_t i = 0; i < places_.size() && !HasFailure(); i += 7) {
    const long n = places_[i];
    const std::string what = fmt::format("interrupted twice at operation {}", n);
    const FileFault twice{.kind = Kind::kTwoSignals, .at = n, .signal = SIGINT};
    EXPECT_EQ(train_with(twice).exit_code, -1) << what;
    expect_recovery(what);
  }
}

}  // namespace
}  // namespace regrow::tests

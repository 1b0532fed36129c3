// A run's folder that is removed, moved or replaced while the run is under way: it ends, with one
// line, and leaves the place to whoever has it now.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <functional>

#include "cli/program.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class MovedFolder : public Program {
 protected:
  /// Trains in the folder "r" without end; calls `change` once it has recorded an epoch.
  CommandResult train_until(const std::function<void()>& change) const {
    CommandOptions options;
    options.signal = SIGCONT;  // which does nothing
    options.signal_when = [&] {
      std::error_code not_yet;
      const auto size = fs::file_size(at("r/metrics.jsonl"), not_yet);
      if (not_yet || size == 0) return false;
      change();
      return true;
    };
    return regrow(std::string(kTrain) + "--quiet --epochs 1000000 --out r", options);
  }
};

TEST_F(MovedFolder, IsGoneOnWithWhereItIsNow) {
  expect_error(train_until([&] { fs::rename(at("r"), at("moved")); }), 1,
               {"r: the folder was removed or moved", "nothing more is written; "});
  EXPECT_FALSE(fs::exists(at("r")));
  const std::string lines = content("moved/metrics.jsonl");
  const auto epochs = std::count(lines.begin(), lines.end(), '\n') + 2;
  const CommandResult result =
      regrow("train --quiet --resume moved --epochs " + std::to_string(epochs));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const auto& entry : fs::directory_iterator(at("moved"))) {
    EXPECT_NE(entry.path().extension(), ".aside") << entry.path();
  }
}

TEST_F(MovedFolder, ThatIsRemovedIsNotMadeAgain) {
  expect_error(train_until([&] {
                 fs::rename(at("r"), at("moved"));  // at once, whatever is written meanwhile
                 for (std::error_code error; fs::exists(at("moved"));) {
                   fs::remove_all(at("moved"), error);
                 }
               }),
               1, {"r: the folder was removed or moved"});
  EXPECT_FALSE(fs::exists(at("r")));
}

TEST_F(MovedFolder, IsLeftToTheRunThatHasItsPlace) {
  const std::string next = std::string(kTrain) + "--seed 7 --epochs 3 --out ";
  ASSERT_EQ(regrow(next + "whole").exit_code, 0);
  expect_error(train_until([&] {
                 fs::rename(at("r"), at("moved"));
                 const CommandResult second = regrow(next + "r");
                 EXPECT_EQ(second.exit_code, 0) << second.err;
               }),
               1, {"r: ", "nothing more is written"});
  for (const char* file : {"/metrics.jsonl", "/last.safetensors", "/best.safetensors"}) {
    EXPECT_EQ(content(std::string("r") + file), content(std::string("whole") + file)) << file;
  }
  EXPECT_EQ(files_in("r"), files_in("whole"));
}

using RunFolderOnTheWhole = Program;

TEST_F(RunFolderOnTheWhole, WhoseEventFileIsNoneIsRefused) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out r").exit_code, 0);
  const char* const events = "r/events.out.tfevents.0.regrow";
  fs::remove(at(events));
  ASSERT_EQ(::mkfifo(at(events).c_str(), 0600), 0);
  expect_error(regrow("train --quiet --resume r --epochs 2"), 1,
               {std::string(events) + ": cannot be written: it is a pipe", "move it away"});
  fs::remove(at(events));
  fs::create_symlink(at("elsewhere"), at(events));
  expect_error(regrow("train --quiet --resume r --epochs 2"), 1,
               {std::string(events) + ": cannot be written: it is a symbolic link"});
  EXPECT_FALSE(fs::exists(at("elsewhere")));
  fs::remove(at(events));
  EXPECT_EQ(regrow("train --quiet --resume r --epochs 2").exit_code, 0);
}

}  // namespace
}  // namespace regrow::tests

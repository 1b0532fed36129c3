// The program with a fault at a chosen file operation, or after a chosen time; what it left, gone
// on with to its end; and that end against an undisturbed one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/program.h"

namespace regrow::tests {

class FaultyProgram : public Program {
 protected:
  void SetUp() override {
    const CommandResult whole = faulty(train("whole"), {"FAULT_COUNT=operations"});
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    operations_ = std::stol(content("operations"));
    ASSERT_GT(operations_, 60) << "the library is not loaded";
  }

  static std::string train(const std::string& out) {
    return std::string(kTrain) + "--quiet --epochs 3 --out " + out;
  }

  CommandResult faulty(const std::string& arguments,
                       const std::vector<std::string>& environment) const {
    // The library comes before the sanitizer's, which minds unless it is told.
    std::vector<std::string> command = {"/usr/bin/env", "LD_PRELOAD=" FILE_FAULTS,
                                        "ASAN_OPTIONS=verify_asan_link_order=0"};
    command.insert(command.end(), environment.begin(), environment.end());
    return run(std::move(command), arguments);
  }

  /// `fault` at the operation `at` of a new run in the folder "r".
  CommandResult train_with(const std::string& fault, long at) const {
    std::filesystem::remove_all(dir_.path() / "r");
    return faulty(train("r"), {"FAULT=" + fault, "FAULT_AT=" + std::to_string(at)});
  }

  CommandResult killed_after(double seconds, const std::string& arguments) const {
    return run({"/usr/bin/timeout", "-s", "KILL", std::to_string(seconds)}, arguments);
  }

  /// How to go on with the run in `folder`, or to start it again, as its own messages say.
  std::string going_on(const std::string& folder, const std::string& start) const {
    return std::filesystem::exists(at(folder + "/last.safetensors"))
               ? "train --quiet --resume " + folder
               : start;
  }

  /// Goes on with the run in "r": it must end as the one in "whole".
  void expect_recovery(const std::string& what) const {
    const CommandResult resumed = regrow(going_on("r", train("r")));
    EXPECT_EQ(resumed.exit_code, 0) << what << ": " << resumed.err;
    expect_same("r", "whole", what);
    for (const auto& entry : std::filesystem::directory_iterator(at("r"))) {
      EXPECT_NE(entry.path().extension(), ".aside") << what << " left " << entry.path();
    }
  }

  void expect_same(const std::string& a, const std::string& b, const std::string& what) const {
    for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
      EXPECT_TRUE(content(a + file) == content(b + file)) << what << ": " << file;
    }
  }

  long operations_ = 0;  // of the undisturbed run

 private:
  CommandResult run(std::vector<std::string> command, const std::string& arguments) const {
    const std::vector<std::string> program = words(arguments);
    command.insert(command.end(), program.begin(), program.end());
    CommandOptions options;
    options.folder = dir_.path();
    return run_command(command, options);
  }
};

}  // namespace regrow::tests

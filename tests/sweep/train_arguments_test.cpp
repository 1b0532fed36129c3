// What a child is called with.
#include <gtest/gtest.h>

#include <algorithm>

#include "sweep/child_process.h"
#include "sweep/scheduler.h"

namespace regrow {
namespace {

bool has(const std::vector<std::string>& arguments, const std::string& argument) {
  return std::find(arguments.begin(), arguments.end(), argument) != arguments.end();
}

SweepRun a_run() {
  return read_sweep({"[grid]\nmethod = ['lset']\nseed = [5]\n", "s.toml", {}}, {}, "out")[0];
}

std::vector<std::string> arguments_of(const SweepRun& run, const Standing& standing = {}) {
  return train_arguments(training_task(run, standing, 3));
}

TEST(TrainArguments, OfANewRunAreAllItsSettings) {
  const auto arguments = arguments_of(a_run());
  EXPECT_EQ(arguments[0], "train");
  for (const char* word : {"--method=lset", "--measure=loss", "--seed=5", "--threads=3",
                           "--out=out/method=lset,seed=5", "--hidden=4000,1000,4000"}) {
    EXPECT_TRUE(has(arguments, word)) << word;
  }
  EXPECT_FALSE(has(arguments, "--resume"));
}

TEST(TrainArguments, OfARunThatGoesOnNameItAndEveryMeaning) {
  const auto arguments = arguments_of(a_run(), {Stage::kUnfinished, 4, ""});
  EXPECT_EQ(arguments[1], "--resume");
  EXPECT_EQ(arguments[2], "out/method=lset,seed=5");
  EXPECT_TRUE(has(arguments, "--method=lset"));
  EXPECT_TRUE(has(arguments, "--epochs=100"));
  EXPECT_FALSE(has(arguments, "--out=out/method=lset,seed=5"));
}

TEST(TrainArguments, LeaveThreadsThatWereAskedFor) {
  SweepRun run = a_run();
  run.config.threads = 7;
  EXPECT_TRUE(has(arguments_of(run), "--threads=7"));
}

}  // namespace
}  // namespace regrow

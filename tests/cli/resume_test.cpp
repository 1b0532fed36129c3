// Stopping a run by a signal and going on with it.
#include <gtest/gtest.h>

#include "cli/program.h"

namespace regrow::tests {
namespace {

class Resuming : public Program {
 protected:
  std::string train(const std::string& more) const { return std::string(kTrain) + more; }

  void expect_same_run(const std::string& a, const std::string& b) const {
    for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
      EXPECT_EQ(content(a + file), content(b + file)) << file;
    }
  }
};

TEST_F(Resuming, AfterEitherSignalEqualsTheUndisturbedRun) {
  ASSERT_EQ(regrow(train("--epochs 60 --out whole --checkpoint-every 20")).exit_code, 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string run = "run" + std::to_string(signal);
    const CommandResult stopped = regrow(train("--epochs 60 --checkpoint-every 20 --out " + run),
                                         {.signal = signal, .signal_after = "epoch 1 "});
    EXPECT_EQ(stopped.exit_code, 128 + signal);
    EXPECT_NE(stopped.out.find("regrow train --resume " + run), std::string::npos) << stopped.out;
    EXPECT_NE(content(run + "/summary.json").find("\"interrupted\""), std::string::npos);
    const CommandResult resumed = regrow("train --resume " + run);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_run(run, "whole");
  }
}

TEST_F(Resuming, AfterAKillEqualsTheUndisturbedRun) {
  ASSERT_EQ(regrow(train("--epochs 40 --out whole")).exit_code, 0);
  const CommandResult killed =
      regrow(train("--epochs 40 --out run"), {.signal = SIGKILL, .signal_after = "epoch 2 "});
  EXPECT_EQ(killed.exit_code, -1);
  EXPECT_EQ(regrow("train --resume run").exit_code, 0);
  expect_same_run("run", "whole");
}

TEST_F(Resuming, AFinishedRunWithMoreEpochsEqualsOneLongRun) {
  ASSERT_EQ(regrow(train("--epochs 4 --out whole")).exit_code, 0);
  ASSERT_EQ(regrow(train("--epochs 2 --out run")).exit_code, 0);
  const CommandResult more = regrow("train --resume run --epochs 4 --threads 2");
  EXPECT_EQ(more.exit_code, 0) << more.err;
  expect_same_run("run", "whole");
}

TEST_F(Resuming, RefusesByNameWhatWouldMakeItAnotherRun) {
  ASSERT_EQ(regrow(train("--epochs 2 --out run")).exit_code, 0);
  const std::string before = content("run/last.safetensors");
  expect_error(regrow("train --resume run --seed 5"), 2, {"--seed 5", "run has 0"});
  expect_error(regrow("train --resume run --epochs 3 --lr 0.5"), 2, {"--learning-rate", "0.01"});
  expect_error(regrow("train --resume run --device reference"), 2, {"--device", "cpu"});
  expect_error(regrow("train --resume run --out other"), 2, {"--out", "run"});
  expect_error(regrow("train --resume run --epochs 1"), 2, {"--epochs 1"});
  expect_error(regrow("train --resume run --force"), 2, {"--force"});
  expect_error(regrow("train --resume run --config x"), 2, {"--config"});
  EXPECT_EQ(content("run/last.safetensors"), before);
  EXPECT_EQ(regrow("train --resume run --seed 0 --method lset --epochs 3").exit_code, 0)
      << "the values it has";
}

TEST_F(Resuming, RefusesOtherData) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run")).exit_code, 0);
  expect_error(regrow("train --resume run --synthetic-train 500"), 2, {"--synthetic-train"});
  expect_error(regrow("train --resume run --data-seed 1"), 2, {"--data-seed"});
}

}  // namespace
}  // namespace regrow::tests

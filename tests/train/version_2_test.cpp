// Runs of programs that kept the whole history in their checkpoints, and wrote every record anew
// after every epoch. version_2_run/ is one of them: `regrow train --dataset synthetic --device
// reference --hidden 6,5 --epsilon 3 --synthetic-features 5 --synthetic-classes 3 --synthetic-train
// 80 --synthetic-test 20 --validation holdout:20 --batch 10 --method dynset --measure val_loss
// --pause-gap 1 --pause-min-history 2 --learning-rate 0.1 --grow one_neighbour --epochs 3`.
#include <gtest/gtest.h>

#include <fstream>

#include "io/safetensors.h"
#include "regrow/error.h"
#include "support/temp_dir.h"
#include "train/run_content.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class VersionTwo : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(REGROW_VERSION_2_RUN, run());
    Config config = read_checkpoint(run() / "last.safetensors").config;
    config.epochs = 6;
    whole_run(config, whole());
  }

  fs::path run() const { return dir_.path() / "run"; }
  fs::path whole() const { return dir_.path() / "whole"; }

  void expect_same_end() const {
    expect_same_run(run(), whole(), {"config.toml", "initial.safetensors", "previous.safetensors"});
  }

  static std::string version_of(const fs::path& checkpoint) {
    return SafetensorsReader(checkpoint).metadata().at("version");
  }

  TempDir dir_;
};

TEST_F(VersionTwo, GoesOnToTheSameEnd) {
  ASSERT_EQ(version_of(run() / "last.safetensors"), "2");
  resume_run(run(), 6).run();
  EXPECT_EQ(version_of(run() / "last.safetensors"), "3");
  EXPECT_EQ(version_of(run() / "best.safetensors"), "3");
  EXPECT_EQ(version_of(run() / "initial.safetensors"), "2") << "it is as it was";
  expect_same_end();
}

TEST_F(VersionTwo, GoesOnFromEachOfItsStates) {
  for (const char* state : {"previous.safetensors", "initial.safetensors"}) {
    fs::remove_all(run());
    fs::copy(REGROW_VERSION_2_RUN, run());
    RunFolder::resume(run()).go_back_to(run() / state);
    resume_run(run(), 6).run();
    expect_same_end();
  }
}

// Nothing else holds the metrics once a checkpoint of the new version has replaced it.
TEST_F(VersionTwo, RestoresMetricsThatAreLostCutOffOrLonger) {
  const std::string lines = read_file(run() / "metrics.jsonl");
  for (const std::string& damaged :
       {std::string(), lines.substr(0, 700), "x" + lines, lines + lines.substr(0, 100)}) {
    fs::remove_all(run());
    fs::copy(REGROW_VERSION_2_RUN, run());
    std::ofstream(run() / "metrics.jsonl", std::ios::binary) << damaged;
    resume_run(run(), 6).run();
    expect_same_end();
  }
  fs::remove_all(run());
  fs::copy(REGROW_VERSION_2_RUN, run());
  fs::remove(run() / "metrics.jsonl");
  resume_run(run(), 6).run();
  expect_same_end();
}

TEST_F(VersionTwo, KilledWhileItIsMadeLongerLosesNoMetricsEither) {
  std::ofstream(run() / "metrics.jsonl", std::ios::trunc).flush();
  resume_run(run(), 6);  // sets the epochs, and no more
  ASSERT_EQ(version_of(run() / "last.safetensors"), "3");
  resume_run(run()).run();
  expect_same_end();
}

TEST_F(VersionTwo, CanBeReadAsBefore) {
  const Checkpoint state = read_checkpoint(run() / "last.safetensors");
  const std::vector<EpochRecord> records = RunFolder::open(run()).read_metrics();
  EXPECT_EQ(state.records, records);
  EXPECT_EQ(state.history.epochs, 3U);
  EXPECT_EQ(state.history.first, records.front());
  EXPECT_EQ(state.history.last, records.back());
  EXPECT_EQ(state.history.best, records[best_epoch(records)]);
  EXPECT_EQ(state.history.recent, (std::deque<double>{records[1].val_loss, records[2].val_loss}));
}

}  // namespace
}  // namespace regrow::tests

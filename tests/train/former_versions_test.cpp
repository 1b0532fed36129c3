// Runs of former programs go on. former_runs/version_2/ is of one that kept the whole history in
// its checkpoints and wrote every record anew after every epoch; former_runs/version_3/ of one that
// kept no records of single evolutions; former_runs/version_4/ of one that had LeakyReLU and SGD
// alone; former_runs/version_5/ of one that did not follow newborn connections;
// former_runs/version_6/ of one that knew data sets by their names alone. All are `regrow train
// --dataset synthetic --device reference --hidden 6,5 --epsilon 3 --synthetic-features 5
// --synthetic-classes 3 --synthetic-train 80 --synthetic-test 20 --validation holdout:20 --batch 10
// --method dynset --measure val_loss
// --pause-gap 1 --pause-min-history 2 --learning-rate 0.1 --grow one_neighbour --epochs 3`, saved
// after every epoch.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "io/safetensors.h"
#include "regrow/error.h"
#include "support/temp_dir.h"
#include "train/recovery.h"
#include "train/run_content.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class FormerRun : public testing::Test {
 protected:
  void start_from(const std::string& version) {
    former_ = fs::path(REGROW_FORMER_RUNS) / ("version_" + version);
    copy();
    Config config = read_checkpoint(run() / "last.safetensors").config;
    config.epochs = 6;
    whole_run(config, whole());
  }
  void copy() const {
    fs::remove_all(run());
    fs::copy(former_, run());
  }

  fs::path run() const { return dir_.path() / "run"; }
  fs::path whole() const { return dir_.path() / "whole"; }

  /// But for what the former program did not keep: records of evolutions, counts of newborns, and
  /// what training cost.
  void expect_same_end() const {
    expect_same_run(run(), whole(),
                    {"config.toml", "initial.safetensors", "previous.safetensors",
                     "last.safetensors", "best.safetensors", "evolutions.jsonl", "metrics.jsonl",
                     "summary.json", "events.out.tfevents.0.regrow"});
    expect_same(RunFolder::open(run()).read_metrics(), RunFolder::open(whole()).read_metrics());
    for (const char* name : {"last.safetensors", "best.safetensors"}) {
      const Checkpoint ended = read_checkpoint(run() / name);
      const Checkpoint expected = read_checkpoint(whole() / name);
      EXPECT_EQ(ended.evolution.newborns, expected.evolution.newborns) << "of the last evolution";
      if (former_.filename() == "version_6") {
        EXPECT_EQ(ended.progress.cost, expected.progress.cost);
      } else {
        EXPECT_EQ(ended.progress.cost, std::nullopt) << "not a part of it for the whole";
      }
      EXPECT_TRUE(bytes_of_known(ended, expected) == bytes_of_known(expected, expected)) << name;
    }
    auto all = RunFolder::open(whole()).read_evolutions();
    const auto kept = RunFolder::open(run()).read_evolutions();
    ASSERT_LT(kept.size(), all.size() + 1);
    ASSERT_FALSE(kept.empty());
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kept.size()));
    for (std::size_t i = 0; i < kept.size(); ++i) expect_same(kept[i], all[i]);
    EXPECT_EQ(kept.back(), all.back()) << "newborns included";
  }

  template <typename Record>
  static Record without_newborns(Record record) {
    for (auto& layer : record.layers) layer.newborns = layer.survived = 0;
    return record;
  }
  static void expect_same(const EvolutionRecord& one, const EvolutionRecord& other) {
    EXPECT_EQ(without_newborns(one), without_newborns(other));
  }
  static void expect_same(const std::vector<EpochRecord>& some,
                          const std::vector<EpochRecord>& others) {
    ASSERT_EQ(some.size(), others.size());
    for (std::size_t e = 0; e < some.size(); ++e) {
      EXPECT_EQ(without_newborns(some[e]), without_newborns(others[e])) << e;
    }
  }
  /// Of a state without what the former program did not keep; of `expected` are the sizes of files
  /// that hold it.
  std::string bytes_of_known(Checkpoint state, const Checkpoint& expected) const {
    state.evolutions = expected.evolutions;
    state.metrics = expected.metrics;
    state.evolution.survival.clear();
    state.progress.cost.reset();
    for (EpochRecord* record : {&state.history.first, &state.history.best, &state.history.last}) {
      *record = without_newborns(*record);
    }
    write_checkpoint(dir_.path() / "known", state);
    return read_file(dir_.path() / "known");
  }

  static std::string version_of(const fs::path& checkpoint) {
    return SafetensorsReader(checkpoint).metadata().at("version");
  }

  TempDir dir_;
  fs::path former_;
};

class EveryFormerRun : public FormerRun, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override { start_from(GetParam()); }
};

class VersionTwo : public FormerRun {
 protected:
  void SetUp() override { start_from("2"); }
};

TEST_P(EveryFormerRun, GoesOnToTheSameEnd) {
  ASSERT_EQ(version_of(run() / "last.safetensors"), GetParam());
  resume_run(run(), 6).run();
  EXPECT_EQ(version_of(run() / "last.safetensors"), "7");
  EXPECT_EQ(version_of(run() / "best.safetensors"), "7");
  EXPECT_EQ(version_of(run() / "initial.safetensors"), GetParam()) << "it is as it was";
  expect_same_end();
}

TEST_P(EveryFormerRun, GoesOnFromEachOfItsStates) {
  for (const char* state : {"previous.safetensors", "initial.safetensors"}) {
    copy();
    RunFolder::resume(run()).go_back_to(run() / state);
    resume_run(run(), 6).run();
    expect_same_end();
  }
}

TEST_P(EveryFormerRun, SaysWhatChoseItsBestEpoch) {
  EXPECT_EQ(recorded_config(RunFolder::open(run())).config.monitor, Measure::kValAcc);
}

INSTANTIATE_TEST_SUITE_P(Versions, EveryFormerRun, testing::Values("2", "3", "4", "5", "6"));

// Nothing else holds the metrics once a checkpoint of the new version has replaced it.
TEST_F(VersionTwo, RestoresMetricsThatAreLostCutOffOrLonger) {
  const std::string lines = read_file(run() / "metrics.jsonl");
  for (const std::string& damaged :
       {std::string(), lines.substr(0, 700), "x" + lines, lines + lines.substr(0, 100)}) {
    copy();
    std::ofstream(run() / "metrics.jsonl", std::ios::binary) << damaged;
    resume_run(run(), 6).run();
    expect_same_end();
  }
  copy();
  fs::remove(run() / "metrics.jsonl");
  resume_run(run(), 6).run();
  expect_same_end();
}

TEST_F(VersionTwo, KilledWhileItIsMadeLongerLosesNoMetricsEither) {
  std::ofstream(run() / "metrics.jsonl", std::ios::trunc).flush();
  resume_run(run(), 6);  // sets the epochs, and no more
  ASSERT_EQ(version_of(run() / "last.safetensors"), "7");
  resume_run(run()).run();
  expect_same_end();
}

TEST_F(VersionTwo, IsBroughtUpToDateWhereItIsNoLongerEither) {
  resume_run(run()).run();
  EXPECT_EQ(version_of(run() / "best.safetensors"), "7");
}

TEST_F(VersionTwo, CanBeReadAsBefore) {
  const Checkpoint state = read_checkpoint(run() / "last.safetensors");
  const std::vector<EpochRecord> records = RunFolder::open(run()).read_metrics();
  EXPECT_EQ(state.records, records);
  EXPECT_EQ(state.history.epochs, 3U);
  EXPECT_EQ(state.history.first, records.front());
  EXPECT_EQ(state.history.last, records.back());
  EXPECT_EQ(state.history.best, records[best_epoch(records, Measure::kValAcc)]);
  EXPECT_EQ(state.history.recent, (std::deque<double>{records[1].val_loss, records[2].val_loss}));
}

}  // namespace
}  // namespace regrow::tests

// The scheduler, with jobs that only pretend to train.
#include "sweep/scheduler.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr int kStoppedExit = 143;

/// What a job does when it is polled for the n-th time.
using JobScript = std::function<std::optional<int>(int poll, bool is_stopped)>;

class PretendedJob : public Job {
 public:
  explicit PretendedJob(JobScript script) : script_(std::move(script)) {}
  std::optional<int> poll() override { return script_(++polls_, is_stopped_); }
  void stop() override { is_stopped_ = true; }

 private:
  JobScript script_;
  int polls_ = 0;
  bool is_stopped_ = false;
};

std::optional<int> end_well(int, bool) { return 0; }

/// Gives up in the end, so that a fault is no hang.
std::optional<int> run_until_stopped(int poll, bool is_stopped) {
  if (is_stopped) return kStoppedExit;
  return poll < 200 ? std::nullopt : std::optional(0);
}

class SweepScheduler : public testing::Test {
 protected:
  SweepScheduler() {
    plan_.folder = dir_.path() / "out";
    plan_.jobs = 2;
    plan_.start_job = [this](const TrainingTask&, const fs::path& log) {
      const std::string name = log.stem();
      ++starts_[name];
      const auto script = scripts_.find(name);
      return std::make_unique<PretendedJob>(script == scripts_.end() ? end_well : script->second);
    };
    events_.on_start = [](const SweepRun&, const Standing&) {};
    events_.on_epoch = [this](const ActiveRun& active) { epochs_.push_back(active.epochs); };
    events_.on_finish = [](const SweepRun&) {};
    events_.on_failure = [](const FailedRun&) {};
    events_.on_tick = [this](const SweepProgress& progress) {
      if (progress.eta_seconds) etas_.push_back(*progress.eta_seconds);
    };
  }

  SweepResult run(const std::string& seeds, int epochs = 5) {
    plan_.runs = read_sweep({"[data]\ndataset = 'synthetic'\n[training]\nepochs = " +
                                 std::to_string(epochs) + "\n[grid]\nseed = " + seeds + "\n",
                             "s.toml",
                             {}},
                            {}, plan_.folder);
    return run_sweep(plan_, events_);
  }

  fs::path file_of(const std::string& run, const std::string& file) const {
    return plan_.folder / run / file;
  }

  /// As a trainer: the epoch's timings, then its metrics.
  void record(const std::string& run, std::uint32_t epoch, double seconds) const {
    fs::create_directories(plan_.folder / run);
    EpochTimings timings;
    timings.epoch = epoch;
    timings.train = seconds;
    std::ofstream(file_of(run, "timings.jsonl"), std::ios::app) << to_json_line(timings) + "\n";
    EpochRecord metrics;
    metrics.epoch = epoch;
    std::ofstream(file_of(run, "metrics.jsonl"), std::ios::app) << to_json_line(metrics) + "\n";
  }

  TempDir dir_;
  SweepPlan plan_;
  SweepEvents events_;
  std::map<std::string, JobScript> scripts_;  // by run; the others end well at once
  std::map<std::string, int> starts_;
  std::vector<std::uint32_t> epochs_;
  std::vector<double> etas_;
};

TEST_F(SweepScheduler, AsksItsJobsToStopWhenItIsAskedTo) {
  scripts_ = {{"seed=0", run_until_stopped}, {"seed=1", run_until_stopped}};
  events_.stop_requested = [] { return true; };
  const SweepResult result = run("[0, 1, 2]");
  EXPECT_EQ(result.end, SweepEnd::kStopped);
  EXPECT_EQ(result.remaining, 3U);
  EXPECT_EQ(result.finished, 0U);
  EXPECT_TRUE(result.failures.empty());
  EXPECT_EQ(starts_.count("seed=2"), 0U) << "nothing starts after that";
  EXPECT_FALSE(fs::exists(plan_.folder / "failures"));
}

TEST_F(SweepScheduler, AsksItsJobsToStopInTime) {
  scripts_ = {{"seed=0", run_until_stopped}, {"seed=1", run_until_stopped}};
  plan_.max_seconds = 0.02;
  const SweepResult result = run("[0, 1, 2]");
  EXPECT_EQ(result.end, SweepEnd::kTimeUp);
  EXPECT_EQ(result.remaining, 3U);
}

TEST_F(SweepScheduler, ThatHasTimeDoesNotStop) {
  plan_.max_seconds = 3600;
  const SweepResult result = run("[0, 1, 2]");
  EXPECT_EQ(result.end, SweepEnd::kComplete);
  EXPECT_EQ(result.finished, 3U);
}

TEST_F(SweepScheduler, LooksAgainAtARunWhoseFolderWasLocked) {
  scripts_["seed=0"] = [this](int, bool) { return starts_["seed=0"] == 1 ? EX_TEMPFAIL : 0; };
  const SweepResult result = run("[0, 1]");
  EXPECT_EQ(starts_["seed=0"], 2);
  EXPECT_EQ(result.finished, 2U);
  EXPECT_TRUE(result.elsewhere.empty());
  EXPECT_TRUE(result.failures.empty());
}

TEST_F(SweepScheduler, DoesNotCountALockedRunAsFailed) {
  // The code says it, whatever the log does.
  scripts_["seed=0"] = [](int, bool) { return EX_TEMPFAIL; };
  scripts_["seed=1"] = [this](int, bool) {
    std::ofstream(plan_.folder / "logs/seed=1.log") << "error: another run is writing to it\n";
    return 1;
  };
  const SweepResult result = run("[0, 1]");
  EXPECT_EQ(result.elsewhere, std::vector<std::string>{"seed=0"});
  ASSERT_EQ(result.failures.size(), 1U);
  EXPECT_EQ(result.failures[0].name, "seed=1");
  EXPECT_FALSE(fs::exists(plan_.folder / "failures/seed=0.json"));
}

TEST_F(SweepScheduler, RecordsEveryFailureWithItsCodeAndGoesOn) {
  scripts_["seed=0"] = [this](int, bool) {
    std::ofstream(plan_.folder / "logs/seed=0.log") << "error: no data\nmore\n";
    return 2;
  };
  scripts_["seed=1"] = [](int, bool) { return 139; };
  const SweepResult result = run("[0, 1, 2]");
  EXPECT_EQ(result.finished, 1U);
  EXPECT_EQ(result.failures.size(), 2U);
  const auto recorded = [&](const char* run) {
    return nlohmann::json::parse(read_file(plan_.folder / "failures" / run));
  };
  EXPECT_EQ(recorded("seed=0.json"),
            nlohmann::json({{"run", "seed=0"}, {"exit_code", 2}, {"message", "error: no data"}}));
  EXPECT_EQ(recorded("seed=1.json"),
            nlohmann::json({{"run", "seed=1"}, {"exit_code", 139}, {"message", ""}}));
}

TEST_F(SweepScheduler, FollowsTheRecordsOfARun) {
  scripts_["seed=0"] = [this](int poll, bool) -> std::optional<int> {
    if (poll == 2) record("seed=0", 0, 2);
    if (poll == 4) record("seed=0", 1, 4);
    // Written as the job ends: the last epoch is not lost.
    if (poll == 5) record("seed=0", 2, 6);
    return poll == 5 ? std::optional(0) : std::nullopt;
  };
  EXPECT_EQ(run("[0]", 3).finished, 1U);
  EXPECT_EQ(epochs_, (std::vector<std::uint32_t>{1, 2, 3}));
  // Epochs left times the mean of those seen; after the end none is left.
  EXPECT_EQ(etas_, (std::vector<double>{4, 4, 3, 0}));
}

TEST_F(SweepScheduler, DoesNotTakeAStepBackForAnEpoch) {
  scripts_["seed=0"] = [this](int poll, bool) -> std::optional<int> {
    if (poll <= 2) record("seed=0", static_cast<std::uint32_t>(poll) - 1, 1);
    if (poll == 3) {
      fs::remove(file_of("seed=0", "metrics.jsonl"));
      record("seed=0", 0, 1);
    }
    if (poll == 4) record("seed=0", 1, 1);
    return poll == 5 ? std::optional(0) : std::nullopt;
  };
  run("[0]", 3);
  EXPECT_EQ(epochs_, (std::vector<std::uint32_t>{1, 2, 2}));
}

}  // namespace
}  // namespace regrow

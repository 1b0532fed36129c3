// Runs that share a process, as ThreadSanitizer is to see them.
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <ostream>
#include <thread>
#include <utility>

#include "cli/sweep_jobs.h"
#include "cli/training_run.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "support/temp_dir.h"
#include "sweep/scheduler.h"
#include "sweep/training_thread.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

class SweepThreads : public testing::Test {
 protected:
  /// Three runs of three epochs in the folder `name`.
  SweepPlan plan(const std::string& name, std::size_t jobs) const {
    SweepPlan plan;
    plan.folder = dir_.path() / name;
    plan.runs = read_sweep(
        {"[data]\ndataset = 'synthetic'\nsynthetic_features = 12\nsynthetic_train = 150\n"
         "synthetic_test = 30\nvalidation = 'holdout:20'\n[network]\nhidden = [20, 15]\n"
         "epsilon = 3\n[training]\nbatch = 25\nepochs = 3\n[run]\ndevice = 'cpu'\n"
         "[grid]\nmethod = ['set', 'lset', 'dynset']\n",
         "s.toml",
         {}},
        {}, plan.folder);
    plan.jobs = jobs;
    plan.threads = 2;
    plan.start_job = job_starter("thread");
    return plan;
  }

  static SweepResult run(const SweepPlan& plan, const std::function<bool()>& stop = {}) {
    SweepEvents events;
    std::map<std::string, std::uint32_t> epochs;
    events.on_start = [](const SweepRun&, const Standing&) {};
    events.on_epoch = [&](const ActiveRun& active) { epochs[active.run->name] = active.epochs; };
    events.on_finish = [&](const SweepRun& run) {
      EXPECT_EQ(epochs[run.name], run.config.epochs) << "the records tell of its last epoch";
    };
    events.on_failure = [](const FailedRun& failure) { ADD_FAILURE() << failure.message; };
    events.on_tick = [](const SweepProgress&) {};
    events.stop_requested = stop;
    return run_sweep(plan, events);
  }

  static std::map<std::string, std::string> bytes_of(const SweepPlan& plan) {
    std::map<std::string, std::string> bytes;
    for (const SweepRun& run : plan.runs) {
      for (const char* file : {"metrics.jsonl", "last.safetensors", "best.safetensors"}) {
        bytes[run.name + "/" + file] = read_file(fs::path(run.config.out) / file);
      }
    }
    return bytes;
  }

  TempDir dir_;
};

TEST_F(SweepThreads, TrainSideBySideAsOneAfterTheOther) {
  const SweepPlan together = plan("together", 3), in_turn = plan("in_turn", 1);
  EXPECT_EQ(run(together).finished, 3U);
  EXPECT_EQ(run(in_turn).finished, 3U);
  EXPECT_EQ(bytes_of(together), bytes_of(in_turn));
}

TEST_F(SweepThreads, StopAndGoOnToTheSameEnd) {
  SweepPlan stopped = plan("stopped", 3);
  const StartJob start =
      std::exchange(stopped.start_job, [](const TrainingTask& task, const fs::path& log) {
        return std::make_unique<TrainingThread>(
            [task](std::ostream& out, std::ostream& err, const std::function<int()>&) {
              TrainOptions options;
              options.settings.flags = task.flags;
              // In the first epoch or the second; the sweep's own request might come after the end.
              const auto fourth_time = [times = 0]() mutable { return ++times < 4 ? 0 : SIGTERM; };
              return run_training(options, {out, err, {}, fourth_time});
            },
            log);
      });
  const SweepResult result = run(stopped, [] { return true; });
  EXPECT_EQ(result.end, SweepEnd::kStopped);
  EXPECT_EQ(result.remaining, 3U);
  stopped.start_job = start;
  EXPECT_EQ(run(stopped).finished, 3U);
  const SweepPlan whole = plan("whole", 3);
  run(whole);
  EXPECT_EQ(bytes_of(stopped), bytes_of(whole));
}

TEST_F(SweepThreads, TellHowTheyEndOnce) {
  TrainingThread thread(
      [](std::ostream& out, std::ostream& err, const std::function<int()>& stop_signal) {
        while (stop_signal() == 0) std::this_thread::yield();
        out << "out\n";
        err << "err\n";
        return 128 + stop_signal();
      },
      dir_.path() / "log");
  EXPECT_FALSE(thread.poll().has_value());
  thread.stop();
  std::optional<int> code;
  while (!(code = thread.poll())) std::this_thread::yield();
  EXPECT_EQ(code, 128 + SIGTERM);
  EXPECT_FALSE(thread.poll().has_value());
  EXPECT_EQ(read_file(dir_.path() / "log"), "err\nout\n") << "as a child's streams into a file";
}

TEST_F(SweepThreads, AreStoppedByTheirOwnersEnd) {
  {
    const TrainingThread thread(
        [](std::ostream& out, std::ostream&, const std::function<int()>& stop_signal) {
          while (stop_signal() == 0) std::this_thread::yield();
          out << "stopped\n";
          return 0;
        },
        dir_.path() / "log");
  }
  EXPECT_EQ(read_file(dir_.path() / "log"), "stopped\n");
}

}  // namespace
}  // namespace regrow

// Runs a sweep.
#include "sweep/scheduler.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "io/folder.h"
#include "regrow/error.h"
#include "regrow/init_from.h"
#include "regrow/run_folder.h"
#include "sweep/estimate.h"
#include "sweep/run_log.h"
#include "sweep/startable.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(20);

/// A run answers within a tenth of a second, then writes its state: half a minute, or a tenth of
/// a short time, is plenty.
double stop_after(double max_seconds) { return max_seconds - std::min(30.0, max_seconds / 10); }

class Scheduler {
 public:
  Scheduler(const SweepPlan& plan, const SweepEvents& events) : plan_(plan), events_(events) {}

  SweepResult run() {
    std::error_code shown_by_the_logs;
    make_folders(plan_.folder / kLogs, shown_by_the_logs);
    folder_ = Folder::open(plan_.folder, shown_by_the_logs);
    for (std::size_t i = 0; i < plan_.runs.size(); ++i) {
      const SweepRun& run = plan_.runs[i];
      enqueue(run, plan_.standings.empty() ? standing_of(run) : plan_.standings[i]);
    }
    std::vector<const SweepRun*> waiting;
    for (const Waiting& each : queue_) waiting.push_back(each.run);
    require_one_that_starts(waiting, finished_before_);
    bool looked_again = false;
    while (true) {
      if (!stopping_) start_runs();
      if (running_.empty()) {
        if (stopping_ || looked_again || elsewhere_.empty()) break;
        looked_again = true;
        for (const SweepRun* run : std::exchange(elsewhere_, {})) enqueue(*run, standing_of(*run));
        continue;
      }
      watch_clock();
      for (Running& one : running_) follow(one);
      std::erase_if(running_, [](const Running& one) { return one.has_ended; });
      events_.on_tick(progress());
      std::this_thread::sleep_for(kTick);
    }
    result_.remaining += queue_.size();
    for (const SweepRun* run : elsewhere_) result_.elsewhere.push_back(run->name);
    return std::move(result_);
  }

 private:
  struct Running {
    ActiveRun active;
    std::unique_ptr<Job> job;
    RecordedProgress recorded;
    fs::path log;
    std::uintmax_t log_start;  // its size when the job started
    bool has_ended = false;
  };

  struct Waiting {
    const SweepRun* run;
    std::uint32_t epochs;  // done
  };

  void enqueue(const SweepRun& run, const Standing& standing) {
    if (standing.stage == Stage::kFinished) {
      forget_failure(run);
      finished_before_.push_back(&run);
      note_finished(run);
    } else if (standing.stage == Stage::kElsewhere) {
      elsewhere_.push_back(&run);
    } else if (standing.stage == Stage::kForeign) {
      fail(run, 0, standing.reason);
    } else {
      queue_.push_back({&run, standing.epochs});
    }
  }

  void note_finished(const SweepRun& run) {
    ++result_.finished;
    finished_epochs_ += run.config.epochs;
  }

  void start_runs() {
    while (running_.size() < plan_.jobs && !queue_.empty()) {
      if (folder_ != nullptr) folder_->require_in_place();
      const SweepRun& run = *queue_.front().run;
      queue_.pop_front();
      const Standing standing = standing_of(run);  // another sweep may have had it meanwhile
      if (standing.stage != Stage::kNew && standing.stage != Stage::kUnfinished) {
        enqueue(run, standing);
        continue;
      }
      forget_failure(run);
      const fs::path log = log_of(plan_.folder, run);
      std::error_code no_log;
      const std::uintmax_t size = fs::exists(log, no_log) ? fs::file_size(log, no_log) : 0;
      try {
        auto job = plan_.start_job(training_task(run, standing, plan_.threads), log);
        running_.push_back({{&run, standing.epochs, {}},
                            std::move(job),
                            RecordedProgress(run.config.out),
                            log,
                            size,
                            /*has_ended=*/false});
      } catch (const Error& error) {
        fail(run, 0, error.what());
        continue;
      }
      events_.on_start(run, standing);
    }
  }

  void watch_clock() {
    if (stopping_) return;
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    if (events_.stop_requested && events_.stop_requested()) {
      result_.end = SweepEnd::kStopped;
    } else if (plan_.max_seconds && elapsed >= stop_after(*plan_.max_seconds)) {
      result_.end = SweepEnd::kTimeUp;
    } else {
      return;
    }
    stopping_ = true;
    for (const Running& one : running_) one.job->stop();
  }

  void follow(Running& running) {
    // Before the records are read, so that the last of them is read too.
    const std::optional<int> exit_code = running.job->poll();
    note_progress(running);
    if (!exit_code) return;
    running.has_ended = true;
    const SweepRun& run = *running.active.run;
    if (*exit_code == 0) {
      note_finished(run);
      events_.on_finish(run);
    } else if (stopping_) {
      ++result_.remaining;
    } else if (*exit_code == EX_TEMPFAIL || has_another_trainer(run)) {
      elsewhere_.push_back(&run);
    } else {
      fail(run, *exit_code, quoted_reason(running.log, running.log_start));
    }
  }

  void note_progress(Running& running) {
    std::optional<RecordedEpoch> recorded = running.recorded.poll();
    if (!recorded) return;
    ActiveRun& active = running.active;
    const std::uint32_t epochs = recorded->record.epoch + 1;
    // Fewer than before are no news: the run goes on from its checkpoint, which is older.
    const bool is_news = epochs > active.epochs;
    active.epochs = epochs;
    if (!is_news) return;
    active.last = std::move(recorded);
    if (active.last->seconds > 0) {
      epoch_seconds_ += active.last->seconds;
      ++epochs_timed_;
    }
    events_.on_epoch(active);
  }

  /// True where the run failed only because another sweep was faster.
  static bool has_another_trainer(const SweepRun& run) {
    const Stage stage = standing_of(run).stage;
    return stage == Stage::kElsewhere || stage == Stage::kFinished;
  }

  /// A file a run, as the log is: sweeps that share the folder, such as shards, never write to the
  /// same one.
  void fail(const SweepRun& run, int exit_code, const std::string& message) {
    const nlohmann::ordered_json record = {
        {"run", run.name}, {"exit_code", exit_code}, {"message", message}};
    if (folder_ != nullptr) folder_->require_in_place();
    const fs::path path = failure_of(plan_.folder, run);
    std::string said = message;
    try {
      std::error_code shown_by_the_write;
      make_folders(path.parent_path(), shown_by_the_write);
      write_file_atomically(
          path, record.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } catch (const Error& unrecorded) {
      said += fmt::format(" (not recorded: {})", unrecorded.what());  // and the others go on
    }
    result_.failures.push_back({run.name, exit_code, said});
    events_.on_failure(result_.failures.back());
  }

  void forget_failure(const SweepRun& run) const {
    std::error_code no_file;
    fs::remove(failure_of(plan_.folder, run), no_file);
  }

  SweepProgress progress() const {
    SweepProgress progress;
    progress.runs = plan_.runs.size();
    progress.finished = result_.finished;
    progress.failed = result_.failures.size();
    std::vector<std::int64_t> left;
    std::int64_t done = finished_epochs_, all = finished_epochs_;
    const auto count = [&](const SweepRun& run, std::uint32_t epochs) {
      left.push_back(run.config.epochs - epochs);
      done += epochs;
      all += run.config.epochs;
    };
    for (const Running& one : running_) {
      progress.active.push_back(one.active);
      count(*one.active.run, one.active.epochs);
    }
    for (const Waiting& waiting : queue_) count(*waiting.run, waiting.epochs);
    if (all > 0) progress.done = static_cast<double>(done) / static_cast<double>(all);
    if (epochs_timed_ > 0) {
      progress.eta_seconds =
          epochs_in_turn(left, plan_.jobs) * epoch_seconds_ / static_cast<double>(epochs_timed_);
    }
    return progress;
  }

  const SweepPlan& plan_;
  const SweepEvents& events_;
  const Clock::time_point start_ = Clock::now();
  std::shared_ptr<const Folder> folder_;  // which the path may not name any more
  std::vector<const SweepRun*> finished_before_;
  std::deque<Waiting> queue_;
  std::vector<Running> running_;
  std::vector<const SweepRun*> elsewhere_;
  bool stopping_ = false;
  std::int64_t finished_epochs_ = 0;  // of the runs that are
  double epoch_seconds_ = 0;
  std::uint64_t epochs_timed_ = 0;
  SweepResult result_;
};

}  // namespace

fs::path log_of(const fs::path& folder, const SweepRun& run) {
  return folder / kLogs / (run.name + ".log");
}

fs::path failure_of(const fs::path& folder, const SweepRun& run) {
  return folder / kFailures / (run.name + ".json");
}

TrainingTask training_task(const SweepRun& run, const Standing& standing, unsigned threads) {
  const bool goes_on = standing.stage == Stage::kUnfinished;
  TrainingTask task;
  if (goes_on) {
    task.resume = run.config.out;
    task.from = standing.from;
    task.migrate = run.may_migrate && standing.epochs < run.config.epochs;
  }
  // Every setting: a run that goes on refuses, by name, what would make it another one. But where
  // its learning rate has started again, and where its evolution ends, is for its own files to say,
  // and what network it was given for that network's: of a new run only what was set counts, and is
  // refused where it differs.
  const Config unset =
      preset_config(run.config.preset, run.config.dataset, run.config.method, run.config.optimiser);
  for (const Setting& setting : settings()) {
    std::string value = setting.to_string(run.config);
    if (setting.key == "threads" && run.config.threads == 0) value = std::to_string(threads);
    const bool is_its_own = setting.key == "out" || setting.key == "restart_epochs" ||
                            setting.key == "evolution_epochs";
    if (value.empty() || (goes_on && is_its_own)) continue;
    if (!run.config.init_from.empty() && is_of_network(setting.key) &&
        (goes_on || value == setting.to_string(unset))) {
      continue;
    }
    task.flags.push_back({&setting, std::move(value)});
  }
  return task;
}

SweepResult run_sweep(const SweepPlan& plan, const SweepEvents& events) {
  return Scheduler(plan, events).run();
}

}  // namespace regrow

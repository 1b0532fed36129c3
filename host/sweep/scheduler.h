// Runs a sweep: so many jobs at once, each a run; what fails does not stop the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sweep/job.h"
#include "sweep/recorded_progress.h"
#include "sweep/standing.h"

namespace regrow {

struct SweepPlan {
  std::vector<SweepRun> runs;
  std::vector<Standing> standings;  // of the runs, where they have been asked for; or none
  std::filesystem::path folder;
  std::size_t jobs = 1;               // at once
  unsigned threads = 1;               // of each run whose configuration leaves them open
  std::optional<double> max_seconds;  // runs are asked to stop in time to end by then
  StartJob start_job;
};

struct FailedRun {
  std::string name;
  int exit_code = 0;    // as a shell says it; 0 where it was not started
  std::string message;  // the error in its log, or why it was not started
};

/// A run at work.
struct ActiveRun {
  const SweepRun* run = nullptr;
  std::uint32_t epochs = 0;           // done
  std::optional<RecordedEpoch> last;  // since the job started
};

struct SweepProgress {
  std::vector<ActiveRun> active;
  std::size_t runs = 0, finished = 0, failed = 0;
  double done = 0;  // share of the epochs of all runs but those that failed or are elsewhere
  std::optional<double> eta_seconds;  // nothing before the first epoch
};

/// What the scheduler tells whoever watches. None may be empty but stop_requested.
struct SweepEvents {
  std::function<void(const SweepRun&, const Standing&)> on_start;
  std::function<void(const ActiveRun&)> on_epoch;
  std::function<void(const SweepRun&)> on_finish;
  std::function<void(const FailedRun&)> on_failure;
  std::function<void(const SweepProgress&)> on_tick;  // many times a second
  std::function<bool()> stop_requested;
};

enum class SweepEnd : std::uint8_t { kComplete, kTimeUp, kStopped };

struct SweepResult {
  SweepEnd end = SweepEnd::kComplete;
  std::size_t finished = 0;            // earlier ones included
  std::size_t remaining = 0;           // stopped or not started
  std::vector<std::string> elsewhere;  // names of those that another process trains
  std::vector<FailedRun> failures;
};

/// The log of a run: FOLDER/logs/NAME.log.
std::filesystem::path log_of(const std::filesystem::path& folder, const SweepRun& run);

/// The record of a run's failure, there until the run is tried again: FOLDER/failures/NAME.json.
std::filesystem::path failure_of(const std::filesystem::path& folder, const SweepRun& run);

/// What it takes to start a run or to go on with it.
TrainingTask training_task(const SweepRun& run, const Standing& standing, unsigned threads);

/// Trains what is not finished yet, in order; a run that another process holds is looked at again
/// in the end. Throws Error where the folder cannot be written, and where no run could start, for
/// the same reason each.
SweepResult run_sweep(const SweepPlan& plan, const SweepEvents& events);

}  // namespace regrow

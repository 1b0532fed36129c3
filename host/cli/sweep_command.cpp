// regrow sweep: trains a grid of runs, or says what it would take.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/run_resources.h"
#include "cli/stop_signal.h"
#include "cli/sweep_jobs.h"
#include "cli/table/text_table.h"
#include "cli/terminal/number_text.h"
#include "cli/terminal/progress.h"
#include "cli/terminal/sweep_board.h"
#include "cli/terminal/text_layout.h"
#include "cli/text_input.h"
#include "io/folder.h"
#include "io/write_remedy.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "sweep/estimate.h"
#include "sweep/scheduler.h"
#include "system/processors.h"
#include "train/epochs_text.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr int kUnfinishedExit = 3;

double seconds_from(const std::string& text) {
  const std::optional<double> seconds = parse_duration(text);
  if (!seconds || *seconds <= 0) {
    throw UsageError(
        fmt::format("--max-time: '{}' is no time; give one such as 90m, 1.5h or 3600s", text));
  }
  return *seconds;
}

/// Every n-th run, from the i-th: neighbours, alike in length, go to different machines.
std::vector<SweepRun> shard_of(std::vector<SweepRun> runs, const std::string& shard) {
  if (shard.empty()) return runs;
  std::uint32_t i = 0, n = 0;
  const char* const end = shard.data() + shard.size();
  const auto first = std::from_chars(shard.data(), end, i);
  const bool has_slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = has_slash ? std::from_chars(first.ptr + 1, end, n) : first;
  if (!has_slash || second.ec != std::errc() || second.ptr != end || i < 1 || i > n) {
    throw UsageError(fmt::format("--shard: '{}' is no i/n with 1 ≤ i ≤ n, such as 2/4", shard));
  }
  std::vector<SweepRun> ours;
  for (std::size_t k = i - 1; k < runs.size(); k += n) ours.push_back(std::move(runs[k]));
  return ours;
}

std::string words_for(const Standing& standing, const SweepRun& run) {
  switch (standing.stage) {
    case Stage::kNew:
      return "new, " + epochs_text(run.config.epochs);
    case Stage::kUnfinished:
      return fmt::format("goes on after {} of {}", standing.epochs, epochs_text(run.config.epochs));
    case Stage::kFinished:
      if (standing.epochs == run.config.epochs) return "finished";
      return fmt::format("finished{}, with {}", standing.epochs < run.config.epochs ? " early" : "",
                         epochs_text(standing.epochs));
    case Stage::kElsewhere:
      return "another process trains it";
    case Stage::kForeign:
      return "cannot run: " + standing.reason;
  }
  return "";
}

/// Median seconds of the epochs recorded in the sweep so far; nothing where there are none.
std::optional<double> recorded_epoch_seconds(std::span<const SweepRun> runs) {
  std::vector<EpochTimings> timings;
  for (const SweepRun& run : runs) {
    if (!fs::exists(fs::path(run.config.out) / "config.toml")) continue;
    for (const EpochTimings& epoch : RunFolder::open(run.config.out).read_timings()) {
      timings.push_back(epoch);
    }
  }
  if (timings.empty()) return std::nullopt;
  return median_seconds(timings);
}

int dry_run(const SweepPlan& plan) {
  TextTable table;
  table.header = {"run", "would be"};
  table.left_aligned = 2;
  std::vector<std::int64_t> left;
  const SweepRun* first = nullptr;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    const SweepRun& run = plan.runs[i];
    const Standing& standing = plan.standings[i];
    table.rows.push_back({run.name, one_line(words_for(standing, run))});
    if (standing.stage != Stage::kNew && standing.stage != Stage::kUnfinished) continue;
    left.push_back(run.config.epochs - standing.epochs);
    if (first == nullptr) first = &run;
  }
  std::cout << as_text(table) << std::flush;
  if (first == nullptr) {
    std::cout << "nothing is left to train\n";
    return 0;
  }
  const std::optional<double> recorded = recorded_epoch_seconds(plan.runs);
  Config config = first->config;
  if (config.threads == 0) config.threads = plan.threads;
  const double seconds = recorded ? *recorded : estimate_epoch_seconds(config);
  const std::int64_t epochs = std::accumulate(left.begin(), left.end(), std::int64_t{0});
  std::cout << fmt::format("{} epochs of about {:.2f} s ({}), {} at once: about {}\n", epochs,
                           seconds,
                           recorded ? "the median of those recorded"
                                    : "from a few steps, as if the machine were otherwise idle",
                           plan.jobs, hours(epochs_in_turn(left, plan.jobs) * seconds));
  return 0;
}

/// Before anything starts: of the runs that are still to be trained, as many at once as there will
/// be.
void require_resources(const SweepPlan& plan, bool quiet) {
  std::vector<Config> left;
  std::int64_t threads = plan.threads;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    const Stage stage = plan.standings[i].stage;
    if (stage != Stage::kNew && stage != Stage::kUnfinished) continue;
    left.push_back(plan.runs[i].config);
    threads = std::max(threads, left.back().threads);
  }
  const std::size_t at_once = std::min(plan.jobs, left.size());
  require_memory_of_runs(left, at_once);
  const auto line = too_many_threads(threads, at_once);
  if (line && !quiet) std::cerr << fmt::format("warning: {}\n", *line);
}

/// The final lines, and what a script learns from them.
int conclude(const SweepPlan& plan, const SweepResult& result, const std::string& file) {
  std::cout << fmt::format("{} of {} runs finished; {}\n", result.finished, plan.runs.size(),
                           one_line(plan.folder.string()));
  for (const std::string& name : result.elsewhere) {
    std::cout << fmt::format("{}: another process trains it\n", name);
  }
  if (result.remaining > 0) {
    std::cout << fmt::format(
        "{}: {} runs remain, their state is kept; go on with the same command\n",
        result.end == SweepEnd::kTimeUp ? "time is up" : "stopped", result.remaining);
  }
  if (!result.failures.empty()) {
    std::cerr << one_line(fmt::format(
                     "error: {}: {} of {} runs failed; see {}/NAME.json and {}/NAME.log, and run "
                     "the sweep again to try them again",
                     file, result.failures.size(), plan.runs.size(),
                     (plan.folder / kFailures).string(), (plan.folder / kLogs).string()))
              << '\n';
  }
  if (result.end == SweepEnd::kStopped) return 128 + stop_signal();
  // Before the failures: what remains is trained, and what failed tried again, by the next call.
  if (result.end == SweepEnd::kTimeUp && result.remaining > 0) return kUnfinishedExit;
  if (!result.failures.empty()) return 1;
  return result.elsewhere.empty() ? 0 : kUnfinishedExit;
}

}  // namespace

int sweep_command(const SweepOptions& options) {
  const bool is_piped = is_standard_input(options.settings.config_file);
  if (is_piped && options.folder.empty()) {
    throw UsageError(
        "regrow sweep -: the standard input has no name to call the folder of the runs by; give it "
        "with --out");
  }
  const fs::path file = options.settings.config_file;
  SweepPlan plan;
  plan.folder = options.folder.empty() ? fs::path("runs") / file.stem() : fs::path(options.folder);
  plan.jobs = options.jobs;
  plan.threads = std::max(1U, available_processors() / static_cast<unsigned>(plan.jobs));
  plan.start_job = job_starter(options.isolation);
  if (!options.max_time.empty()) plan.max_seconds = seconds_from(options.max_time);
  const TomlSource source = read_text_input(file.string());
  std::vector<std::string> notes;
  plan.runs =
      shard_of(read_sweep(source, options.settings.flags, plan.folder, &notes), options.shard);
  for (SweepRun& run : plan.runs) {
    run.may_migrate = options.migrate;
    plan.standings.push_back(standing_of(run));
  }
  if (!options.quiet) print_notes(notes, std::cerr);
  require_resources(plan, options.quiet);
  if (options.dry_run) return dry_run(plan);

  catch_stop_signals();
  std::error_code error;
  make_folders(plan.folder / kLogs, error);
  if (error) {
    throw Error(fmt::format("{}: the folder cannot be made: {}; {}", (plan.folder / kLogs).string(),
                            error.message(), write_remedy(error.value(), "another --out")));
  }
  write_file_atomically(plan.folder / kSweepCopy, source.text);

  std::size_t longest = 0;
  for (const SweepRun& run : plan.runs) longest = std::max(longest, display_width(run.name));
  SweepBoard board(progress_style(options.quiet), std::cout, std::cerr, longest);
  SweepEvents events;
  events.on_start = [&](const SweepRun& run, const Standing& s) { board.on_start(run, s); };
  events.on_epoch = [&](const ActiveRun& active) { board.on_epoch(active); };
  events.on_finish = [&](const SweepRun& run) { board.on_finish(run); };
  events.on_failure = [&](const FailedRun& failure) { board.on_failure(failure); };
  events.on_tick = [&](const SweepProgress& progress) { board.on_tick(progress); };
  events.stop_requested = [] { return stop_signal() != 0; };
  const SweepResult result = run_sweep(plan, events);
  board.clear();
  return conclude(plan, result, source.name);
}

}  // namespace regrow

// Where a run of a sweep stands.
#include "sweep/standing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "io/folder_lock.h"
#include "io/json_fields.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/init_from.h"
#include "regrow/run_folder.h"
#include "regrow/run_length.h"
#include "regrow/trainer.h"
#include "train/metrics_file.h"
#include "train/recovery.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

bool is_locked(const fs::path& folder) {
  try {
    const FolderLock lock(folder);
    return false;
  } catch (const LockedError&) {
    return true;
  } catch (const Error&) {
    return false;  // a folder that may only be read cannot be locked, and is not
  }
}

/// The run's length when it was started; nothing where that is lost.
std::optional<RunLength> first_length(const RunFolder& folder) {
  try {
    return length_of(read_checkpoint(folder.initial()).config);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// True where the learning rate of the run found starts again as wanted, or will with the epochs
/// wanted: later it may do so more often, where the run was given more epochs, or is one that the
/// sweep's file asks for and that has been given more.
bool restarts_as_wanted(const SweepRun& run, const RunFolder& folder, const Config& found) {
  const std::vector<std::int64_t>& wanted = run.config.restart_epochs;
  const std::vector<std::int64_t> restarts =
      length_with(found, std::max(run.config.epochs, found.epochs)).restart_epochs;
  if (wanted.size() > restarts.size() ||
      !std::equal(wanted.begin(), wanted.end(), restarts.begin())) {
    return false;
  }
  if (wanted.size() == restarts.size() || restarts[wanted.size()] >= run.epochs_of_file)
    return true;
  const std::optional<RunLength> first = first_length(folder);
  return !first || first->restart_epochs.size() <= wanted.size();
}

/// True where the connections of the run found evolve over as many epochs as wanted, or over those
/// that it had before it is, or was, given more, as restarts_as_wanted().
bool evolves_as_wanted(const SweepRun& run, const RunFolder& folder, const Config& found) {
  const std::int64_t wanted = evolution_span(run.config);
  if (wanted == evolution_span(found)) return true;
  if (wanted == 0 || run.config.evolution_epochs > 0) return false;
  if (found.evolution_epochs == 0) return found.epochs < run.config.epochs;
  if (found.evolution_epochs >= run.epochs_of_file) return true;
  const std::optional<RunLength> first = first_length(folder);
  return !first || first->evolution_epochs == 0;
}

/// The setting, if any, in which the folder's run is not the one wanted, and what to do. Its number
/// of epochs and its patience may differ, and `auto` devices are those that they stand for here.
std::string difference(const SweepRun& run, const RunFolder& folder, const Config& found) {
  const Config& wanted = run.config;
  for (const Setting& setting : settings()) {
    if (setting.is_local || is_of_length(setting.key)) continue;
    if (setting.key == "restart_epochs" && restarts_as_wanted(run, folder, found)) continue;
    if (setting.key == "evolution_epochs" && evolves_as_wanted(run, folder, found)) continue;
    if (!wanted.init_from.empty() && is_of_network(setting.key)) continue;
    if (run.may_migrate && says_what_computes(setting)) continue;
    std::string want = setting.to_string(wanted), have = setting.to_string(found);
    if (setting.key == "evolution_epochs") {  // of which 0 means all
      want = std::to_string(evolution_span(wanted));
      have = std::to_string(evolution_span(found));
    }
    if (want == have) continue;
    if (setting.key == "device" && device_kind(resolve_device(want)) == have) continue;
    return fmt::format("its {} is {}, not {}; {}move it away or give another --out", setting.key,
                       have.empty() ? "empty" : have, want.empty() ? "empty" : want,
                       says_what_computes(setting) ? "go on with --migrate, " : "");
  }
  return "";
}

bool says_finished(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / "summary.json", error)) return false;
  try {
    const nlohmann::json summary = parse_json(read_file(folder / "summary.json"), "summary.json");
    return summary.is_object() && summary.value("status", nlohmann::json()) == "finished";
  } catch (const Error&) {
    return false;
  }
}

/// The files of a finished run that going on with it makes whole again are. How its networks and
/// metrics are is known already.
bool is_complete(const RunFolder& folder, const Config& wanted) {
  std::error_code error;
  const bool has_events =
      fs::is_regular_file(folder.events(), error) && fs::file_size(folder.events(), error) > 0;
  return says_finished(folder.path()) && (has_events || !wanted.tensorboard);
}

/// True where the run has ended early, as wanted. With another patience it finds out itself whether
/// it goes on.
bool ends_early(const SweepRun& run, const Checkpoint& state) {
  return state.config.patience == run.config.patience &&
         state.config.min_delta == run.config.min_delta && has_stopped_early(state);
}

Standing foreign(std::uint32_t epochs, std::string reason) {
  return {Stage::kForeign, epochs, std::move(reason)};
}

}  // namespace

Standing standing_of(const SweepRun& run) {
  const fs::path folder = run.config.out;
  std::error_code error;
  try {
    // A folder of anything else is refused, and named, by the run that would start in it.
    if (RunFolder::nothing_trained(folder)) {
      const bool is_locked_one = fs::exists(folder / FolderLock::kFileName, error);
      return {is_locked_one && is_locked(folder) ? Stage::kElsewhere : Stage::kNew, 0, ""};
    }
    const RunFolder found = RunFolder::open(folder);
    // Asked first: what is read of a run that is trained may be old when its trainer ends.
    const bool is_trained = is_locked(folder);
    const std::optional<NamedState> whole = newest_whole_state(found);
    if (!whole) {
      if (is_trained) return {Stage::kElsewhere, 0, ""};
      return foreign(0, fmt::format("{}: none of its checkpoints is whole; remove the folder to "
                                    "train the run anew",
                                    folder.string()));
    }
    const StoredConfig stored = stored_config(found.config(), whole->state.config);
    const std::string other = difference(run, found, stored.config);
    if (!other.empty()) {
      return foreign(0, fmt::format("{}: holds another run: {}", folder.string(), other));
    }
    if (is_trained) return {Stage::kElsewhere, 0, ""};
    const std::uint32_t epochs = whole->state.progress.epoch;
    try {
      length_with(stored.config, run.config.epochs);
    } catch (const UsageError& other_rates) {
      return foreign(epochs, fmt::format("{}: {}", folder.string(), other_rates.what()));
    }
    if (epochs > run.config.epochs) return {Stage::kFinished, epochs, ""};
    const bool is_last = whole->name == "last";
    const bool is_at_end = epochs == run.config.epochs || ends_early(run, whole->state);
    const bool is_finished = is_last && is_at_end && stored.problem.empty() &&
                             is_complete(found, run.config) && has_all_metrics(found, whole->state);
    return {is_finished ? Stage::kFinished : Stage::kUnfinished, epochs, "",
            is_last ? std::string() : whole->name};
  } catch (const Error& unreadable) {
    return foreign(0, unreadable.what());
  }
}

}  // namespace regrow

// What it takes to go on with a run: its state, its local settings, and no setting that would make
// it another run.
#include "cli/resume.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "regrow/devices.h"
#include "regrow/error.h"
#include "train/metrics_file.h"
#include "train/recovery.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

void refuse(const GivenFlag& given, const std::string& stored, const RunFolder& folder) {
  throw UsageError(fmt::format(
      "{} {}: the run in {} has {}, and another value would make it another run; leave {} out, or "
      "start a new run",
      given.setting->flag(), given.value, folder.path().string(), stored.empty() ? "none" : stored,
      given.setting->flag()));
}

/// An edit of the file would otherwise be lost without a word. `epochs` may differ: a run that was
/// killed while it was extended has its new length in the checkpoint first.
void require_unedited(const Config& file, const Config& run, const std::string& file_name) {
  for (const Setting& setting : settings()) {
    if (setting.is_local || setting.key == "epochs") continue;
    const std::string written = setting.to_string(file), trained = setting.to_string(run);
    if (written == trained) continue;
    throw UsageError(fmt::format(
        "{}: {} is {}, but the run was trained with {}, and another value would make it another "
        "run; put it back, or start a new run",
        file_name, setting.key, written.empty() ? "empty" : written,
        trained.empty() ? "none" : trained));
  }
}

/// In other words what the run has: a flag that need not be refused.
bool names_the_same(const GivenFlag& given, const Checkpoint& state, const RunFolder& folder) {
  const std::string& key = given.setting->key;
  if (key == "simd") return given.value == state.instruction_set;
  if (key == "device") return device_kind(resolve_device(given.value)) == state.device;
  std::error_code no_such_folder;
  return key == "out" && std::filesystem::equivalent(given.value, folder.path(), no_such_folder);
}

/// Another one's numbers would be rounded on the way in, and the run would go on as another.
void require_precision(const Checkpoint& state, const Capabilities& capabilities) {
  if (capabilities.precision == state.network.precision) return;
  const auto name = [](Precision precision) {
    return precision == Precision::kFloat64 ? "float64" : "float32";
  };
  throw Error(fmt::format(
      "{}: its checkpoint holds a network of {}, but names device {}, which computes in {}; use "
      "another checkpoint of the run, or start again",
      state.config.out, name(state.network.precision), state.device, name(capabilities.precision)));
}

/// The state called `from`, if it is whole; else says which one is.
Checkpoint whole_state(const RunFolder& folder, const std::string& from) {
  try {
    Checkpoint state = read_checkpoint(checkpoint_named(folder, from));
    check_metrics(folder, state);
    return state;
  } catch (const Error& problem) {
    const std::optional<NamedState> whole = newest_whole_state(folder);
    const std::string what = without_remedy(problem.what()), run = folder.path().string();
    if (!whole) {
      throw Error(fmt::format(
          "{}; none of the run's states is whole: start it again with: regrow train --out {} "
          "--force",
          what, run));
    }
    throw Error(
        fmt::format("{}; the state after {} epochs is whole: go on with: regrow train "
                    "--resume {}{}",
                    what, whole->state.progress.epoch, run,
                    whole->name == "last" ? "" : " --from " + whole->name));
  }
}

/// The length that the run was given last. A checkpoint to go back to may be older than that.
std::int64_t latest_epochs(const RunFolder& folder, const Config& gone_back_to) {
  try {
    return std::max(gone_back_to.epochs, read_checkpoint(folder.last()).config.epochs);
  } catch (const Error&) {
    return gone_back_to.epochs;
  }
}

/// What will not come back, and of what is less than there was.
void warn_of_losses(const RunFolder& folder, const Checkpoint& state,
                    std::vector<std::string>& warnings) {
  const std::uint32_t epochs = state.history.epochs;
  const std::size_t timed = recorded_timings(folder.read_timings(), epochs).size();
  if (timed < epochs) {
    warnings.push_back(
        fmt::format("{}: {} of {} epochs have timings; the seconds of the others "
                    "are lost",
                    folder.timings().string(), timed, epochs));
  }
  std::error_code error;
  const bool is_there = std::filesystem::exists(folder.initial(), error);
  try {
    if (is_there) read_checkpoint(folder.initial());
  } catch (const Error&) {
    warnings.push_back(folder.initial().string() + " is damaged; --from initial cannot be used");
  }
  if (!is_there) {
    warnings.push_back(folder.initial().string() + " is gone; --from initial cannot be used");
  }
}

/// What the run's config.toml says, with a warning where it does not say all.
Config read_config(const RunFolder& folder, const std::string& file, const Config& run,
                   std::vector<std::string>& warnings) {
  StoredConfig stored = stored_config(file, run);
  if (stored.problem.empty()) return stored.config;
  std::vector<std::string> flags;
  for (const Setting& setting : settings()) {
    if (setting.is_local && setting.key != "out") flags.push_back(setting.flag());
  }
  warnings.push_back(
      fmt::format("{}; it is restored from the checkpoint, which does not say where and how fast "
                  "to train: give "
                  "again what was set of {}",
                  stored.problem, fmt::join(flags, ", ")));
  stored.config.epochs = latest_epochs(folder, stored.config);
  return stored.config;
}

}  // namespace

ResumedRun resume_run(const RunFolder& folder, std::span<const GivenFlag> flags,
                      const std::string& from) {
  ResumedRun run{whole_state(folder, from), {}, "", {}};
  Config& config = run.state.config;
  const std::string file = folder.config().string();
  const Config local = read_config(folder, file, config, run.warnings);
  require_unedited(local, config, file);
  for (const Setting& setting : settings()) {
    if (setting.is_local) setting.set_from_string(config, setting.to_string(local), file);
  }
  // A checkpoint to go back to may be older than the run's last extension.
  if (from != "last" && !from.empty()) run.epochs = local.epochs;
  warn_of_losses(folder, run.state, run.warnings);
  // The folder may have been moved since.
  find_setting("out")->set_from_string(config, folder.path().string(), "--resume");
  for (const GivenFlag& given : flags) {
    const Setting& setting = *given.setting;
    Config changed = config;
    setting.set_from_string(changed, given.value, setting.flag());
    if (setting.key == "epochs") {
      run.epochs = changed.epochs;
    } else if (setting.may_change_on_resume) {
      config = changed;
    } else if (setting.to_string(changed) != setting.to_string(config) &&
               !names_the_same(given, run.state, folder)) {
      refuse(given, setting.to_string(config), folder);
    }
    if (setting.key == "device") run.device = resolve_device(given.value);
  }
  return run;
}

std::unique_ptr<Backend> same_backend(const Checkpoint& state, const std::string& device) {
  const std::string where = device.empty() ? state.device : device;
  BackendOptions options = backend_options(state.config);
  options.simd = "auto";
  auto backend = make_backend(where, options);
  require_precision(state, backend->capabilities());
  const std::string best = backend->capabilities().instruction_set;
  if (best == state.instruction_set) return backend;
  options.simd = state.instruction_set;
  try {
    backend = make_backend(where, options);
    if (backend->capabilities().instruction_set == state.instruction_set) return backend;
  } catch (const Error&) {
    // Its remedy, another --simd, is none here.
  }
  throw Error(fmt::format(
      "the run was computed with instruction set {} and this machine offers {}: it would not end "
      "bit-identical; go on with it on a machine like the first",
      state.instruction_set, best));
}

void require_same_data(const Checkpoint& state, const Dataset& dataset) {
  const bool same = state.shape == dataset.shape &&
                    state.class_names.size() == dataset.class_names.size() &&
                    state.standardisation == dataset.standardisation;
  if (same) return;
  throw Error(fmt::format(
      "{}: these are not the images this run was trained on (shape, classes or statistics differ); "
      "give their folder with --data",
      state.config.data.empty() ? dataset.name : state.config.data));
}

}  // namespace regrow

// What it takes to go on with a run: its state, its local settings, and no setting that would make
// it another run.
#include "cli/resume.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/read_failure.h"
#include "base/shell_word.h"
#include "base/utf8.h"
#include "config/growth_rule_tables.h"
#include "io/json_fields.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/init_from.h"
#include "train/epochs_text.h"
#include "train/metrics_file.h"
#include "train/recovery.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

void refuse(const GivenFlag& given, const std::string& stored, const RunFolder& folder) {
  throw UsageError(fmt::format(
      "{} {}: the run in {} has {}, and another value would make it another run; leave {} out, or "
      "{}",
      given.setting->flag(), given.value, folder.path().string(), stored.empty() ? "none" : stored,
      given.setting->flag(),
      says_what_computes(*given.setting) ? "go on there, with other numbers, with --migrate"
                                         : "start a new run"));
}

/// Both may be of one run that was made longer, or shorter again: a checkpoint to go back to may be
/// older than the file, and a run that was killed while it got its new length has it in the
/// checkpoint first.
bool may_have_lengths_of_one_run(const Config& a, const Config& b) {
  return can_get(a, length_of(b)) || can_get(b, length_of(a));
}

/// Whether what config.toml says of the device, its instruction set or its activations may be of
/// before or after `state`: of a run that went on elsewhere, and `may_be_of_another`: where it does
/// so now, or goes back.
bool may_say(const Setting& setting, const std::string& written, const Checkpoint& state,
             bool may_be_of_another) {
  if (!says_what_computes(setting)) return false;
  if (may_be_of_another) return true;
  const std::vector<ComputedBy>& all = state.computed_by;
  return setting.key == "device"
             ? std::any_of(all.begin(), all.end(),
                           [&](const ComputedBy& one) { return one.device == written; })
             : !all.empty();
}

/// An edit of the file would otherwise be lost without a word.
void require_unedited(const Config& file, const Checkpoint& state, const RunLength& length,
                      const std::string& file_name, bool may_be_of_another) {
  Config run = state.config;
  set_length(run, length);
  if (may_have_lengths_of_one_run(file, run)) set_length(run, length_of(file));
  for (const Setting& setting : settings()) {
    const std::string written = setting.to_string(file), trained = setting.to_string(run);
    if (!setting.is_in_checkpoints || written == trained) continue;
    if (may_say(setting, written, state, may_be_of_another)) continue;
    throw UsageError(fmt::format(
        "{}: {} is {}, but the run was trained with {}, and another value would make it another "
        "run; put it back, or start a new run",
        file_name, setting.key, written.empty() ? "empty" : written,
        trained.empty() ? "none" : trained));
  }
}

/// Of a run whose config.toml is lost: whether it started from the network of that checkpoint, as
/// far as that can still be read.
bool starts_from(const std::string& checkpoint, const Checkpoint& state) {
  if (state.initial_digest.empty() || !state.config.init_from.empty()) return false;
  Config config = state.config;
  config.init_from = checkpoint;
  try {
    const NetworkState network =
        as_initial(adopt_network(config).network, config.method, 0, state.network.precision);
    return digest_of(network) == state.initial_digest;
  } catch (const Error&) {
    return true;  // the run does not need it any more
  }
}

/// In other words what the run has: a flag that need not be refused.
bool names_the_same(const GivenFlag& given, const Checkpoint& state, const RunFolder& folder) {
  const std::string& key = given.setting->key;
  if (key == "simd") return given.value == state.instruction_set;
  if (key == "device") return device_kind(resolve_device(given.value)) == state.device;
  if (key == "init_from") return starts_from(given.value, state);
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
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error& problem) {
    const std::optional<NamedState> whole = newest_whole_state(folder);
    const std::string what = without_remedy(problem.what());
    const std::string run = shell_word(folder.path().string());
    if (!whole) {
      throw Error(fmt::format(
          "{}; none of the run's states is whole: start it again with: regrow train --out {} "
          "--force",
          what, run));
    }
    throw Error(
        fmt::format("{}; the state after {} is whole: go on with: regrow train "
                    "--resume {}{}",
                    what, epochs_text(whole->state.progress.epoch), run,
                    whole->name == "last" ? "" : " --from " + whole->name));
  }
}

/// The epochs that summary.json counts; 0 where it says nothing.
std::int64_t epochs_of_summary(const RunFolder& folder) {
  try {
    const auto summary = parse_json(read_file(folder.path() / "summary.json"), "summary.json");
    return summary.at("epochs").get<std::int64_t>();
  } catch (const std::exception&) {
    return 0;
  }
}

/// The greatest length that is recorded anywhere, of a run whose last state and config.toml are
/// lost. `run` has that of the state to go back to, called `from`, or more, as far as the file
/// says.
RunLength longest_recorded_length(const RunFolder& folder, Config run, const std::string& from,
                                  std::vector<std::string>& warnings) {
  std::string source = checkpoint_named(folder, from).string();
  for (const std::filesystem::path& file : {folder.previous(), folder.best()}) {
    try {
      const RunLength length = length_of(read_checkpoint(file).config);
      if (length.epochs <= run.epochs || !can_get(run, length)) continue;
      set_length(run, length);
      source = file.string();
    } catch (const Error&) {
      // Another one may say it.
    }
  }
  const std::int64_t done = epochs_of_summary(folder);
  if (done > run.epochs) {
    set_length(run, length_with(run, done));
    source = (folder.path() / "summary.json").string();
  }
  warnings.push_back(
      fmt::format("{}: cannot be read, nor all of config.toml: the run's length is taken from {}: "
                  "{}; if it had more, give them with --epochs",
                  folder.last().string(), source, epochs_text(run.epochs)));
  return length_of(run);
}

/// The length that the run was given last. The checkpoint `from` to go back to may be older than
/// that, and so may config.toml, which is written after the last one.
RunLength latest_length(const RunFolder& folder, const Config& gone_back_to,
                        const StoredConfig& file, const std::string& from,
                        std::vector<std::string>& warnings) {
  try {
    const Config last = read_checkpoint(folder.last()).config;
    if (may_have_lengths_of_one_run(last, gone_back_to)) return length_of(last);
  } catch (const Error&) {
    // The file knows it, if no extension was cut short.
  }
  if (file.problem.empty()) return length_of(file.config);
  return longest_recorded_length(folder, file.config, from, warnings);
}

/// A kill while the run was given its length leaves another one in config.toml, and so does an
/// edit, which would be lost without a word.
void warn_of_other_length(const std::string& file, std::int64_t written, const Checkpoint& state,
                          std::int64_t counts, std::vector<std::string>& warnings) {
  if (written == counts) return;
  std::string remedy;
  if (written > counts) {
    remedy = fmt::format("; to extend it give --epochs {}", written);
  } else if (written > state.progress.epoch) {
    remedy = fmt::format("; to shorten it give --epochs {}", written);
  }
  warnings.push_back(fmt::format("{}: says {}, the run has {}: {} count{}{}", file,
                                 epochs_text(written), counts, counts, counts == 1 ? "s" : "",
                                 remedy));
}

/// What is to be said where the epochs that `longer` has more than the run are a cosine of their
/// own, or where the run's evolution would have changed with its length.
std::vector<std::string> consequences_of(const Config& run, const RunLength& longer) {
  std::vector<std::string> lines;
  if (longer.restart_epochs.size() > run.restart_epochs.size()) {
    const std::int64_t added = longer.epochs - run.epochs;
    lines.push_back(fmt::format(
        "the learning rate starts again at {} in epoch {} and falls to 0 over the {} added",
        run.learning_rate, run.epochs + 1, added == 1 ? "epoch" : fmt::format("{} epochs", added)));
  }
  if (longer.evolution_epochs > run.evolution_epochs) {
    const double end = run.evolve_until * static_cast<double>(longer.evolution_epochs);
    lines.push_back(fmt::format("connections evolve as in a run of {}{}",
                                epochs_text(longer.evolution_epochs),
                                end < static_cast<double>(longer.epochs) ? ", and then stay" : ""));
  }
  return lines;
}

/// What will not come back, and of what is less than there was.
void warn_of_losses(const RunFolder& folder, const Checkpoint& state,
                    std::vector<std::string>& warnings) {
  const std::uint32_t epochs = state.history.epochs;
  const std::size_t timed = recorded_timings(folder.read_timings(), epochs).size();
  if (timed < epochs) {
    warnings.push_back(fmt::format("{}: {} of {} {} timings; the seconds of the others are lost",
                                   folder.timings().string(), timed, epochs_text(epochs),
                                   epochs == 1 ? "has" : "have"));
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
StoredConfig read_config(const std::string& file, const Config& run,
                         std::vector<std::string>& warnings) {
  StoredConfig stored = stored_config(file, run);
  if (stored.problem.empty()) return stored;
  std::vector<std::string> flags;
  for (const Setting& setting : settings()) {
    if (setting.is_local && setting.key != "out") flags.push_back(setting.flag());
  }
  warnings.push_back(
      fmt::format("{}; it is restored from the checkpoint, which does not say where and how fast "
                  "to train: give "
                  "again what was set of {}",
                  stored.problem, fmt::join(flags, ", ")));
  // The line of one of its parts may be lost, and that of another not.
  if (!may_have_lengths_of_one_run(stored.config, run)) set_length(stored.config, length_of(run));
  return stored;
}

/// The value asked for, if one is.
template <typename Value, typename Section>
std::optional<Value> given_value(std::span<const GivenFlag> flags, const char* key,
                                 Value Section::*member) {
  const GivenFlag* const given = find_given(flags, key);
  if (given == nullptr) return std::nullopt;
  Config config;
  given->setting->set_from_string(config, given->value, given->setting->flag());
  return config.*member;
}

/// An edit of the file, or a kill while the run was given another value.
void warn_of_other_patience(const std::string& file, const Config& written, const Config& latest,
                            std::span<const GivenFlag> flags, std::vector<std::string>& warnings) {
  for (const char* key : {"patience", "min_delta"}) {
    const std::string says = value_text(written, key), has = value_text(latest, key);
    if (says == has || find_given(flags, key) != nullptr) continue;
    warnings.push_back(
        fmt::format("{}: says {} {}, the run has {}: {} counts; to change it give {} {}", file, key,
                    says, has, has, flag_of(key), says));
  }
}

}  // namespace

ResumedRun resume_run(const RunFolder& folder, std::span<const GivenFlag> given_flags,
                      const std::string& from, bool migrates) {
  ResumedRun run{whole_state(folder, from), {}, "", {}, {}};
  Config& config = run.state.config;
  // The name of the run's own growth rule says enough.
  const std::vector<GivenFlag> flags = spelt_out(given_flags, std::span(&config.grow, 1));
  const std::string file = folder.config().string();
  const StoredConfig stored = read_config(file, config, run.warnings);
  const Config& written = stored.config;
  const bool goes_back = from != "last" && !from.empty();
  require_unedited(written, run.state, length_of(config), file, goes_back || migrates);
  for (const Setting& setting : settings()) {
    if (setting.is_in_checkpoints) continue;
    setting.set_from_string(config, setting.to_string(written), file);
  }
  run.length =
      goes_back ? latest_length(folder, config, stored, from, run.warnings) : length_of(config);
  Config latest = config;
  set_length(latest, run.length);
  require_unedited(written, run.state, run.length, file, goes_back || migrates);
  if (const auto epochs = given_value(flags, "epochs", &Config::epochs)) {
    run.length = length_with(latest, *epochs);
    run.consequences = consequences_of(latest, run.length);
  } else if (stored.problem.empty()) {
    warn_of_other_length(file, written.epochs, run.state, latest.epochs, run.warnings);
  }
  if (stored.problem.empty()) {
    warn_of_other_patience(file, written, latest, flags, run.warnings);
  }
  const auto patience = given_value(flags, "patience", &Config::patience);
  const auto min_delta = given_value(flags, "min_delta", &Config::min_delta);
  run.length.patience = patience.value_or(run.length.patience);
  run.length.min_delta = min_delta.value_or(run.length.min_delta);
  warn_of_losses(folder, run.state, run.warnings);
  // The folder may have been moved since, to where no configuration could say.
  if (is_utf8(folder.path().string())) config.out = folder.path().string();
  const GivenFlag* const device = find_given(flags, "device");
  const bool is_elsewhere = migrates && device != nullptr &&
                            device_kind(resolve_device(device->value)) != run.state.device;
  // What the former device stored its activations in is nothing to another one.
  if (is_elsewhere) config.activation_dtype = Config().activation_dtype;
  for (const GivenFlag& given : flags) {
    const Setting& setting = *given.setting;
    if (is_of_length(setting.key)) continue;
    Config whole = config, changed = config;
    set_length(whole, run.length);
    setting.set_from_string(changed, given.value, setting.flag());
    // How activations are stored is recorded with the device alone.
    const bool may_migrate =
        setting.key == "activation_dtype" ? is_elsewhere : migrates && says_what_computes(setting);
    const bool may_change = setting.may_change_on_resume || may_migrate;
    if (!may_change && setting.to_string(changed) != setting.to_string(whole) &&
        !names_the_same(given, run.state, folder)) {
      refuse(given, setting.to_string(whole), folder);
    }
    // What is in no checkpoint may have been lost with config.toml.
    if (may_change || (!setting.is_in_checkpoints && setting.key != "out")) config = changed;
    if (setting.key == "device") run.device = resolve_device(given.value);
  }
  return run;
}

std::unique_ptr<Backend> same_backend(const Checkpoint& state, const std::string& device) {
  const std::string where = device.empty() ? state.device : device;
  BackendOptions options = backend_options(state.config);
  options.simd = "auto";
  std::unique_ptr<Backend> backend;
  try {
    backend = make_backend(where, options);
  } catch (const UsageError&) {
    throw;
  } catch (const Error& problem) {
    // Its remedy, another --device, would make it another run.
    throw Error(
        fmt::format("{}; the run was computed there: go on where there is one, or here, "
                    "with other numbers from then on, with --migrate",
                    without_remedy(problem.what())));
  }
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
      "bit-identical; go on with it on a machine like the first, or here, knowingly, with "
      "--migrate",
      state.instruction_set, best));
}

std::unique_ptr<Backend> any_backend(ResumedRun& run) {
  Config& config = run.state.config;
  const auto on = [&](const std::string& device) {
    return make_backend(device, backend_options(config));
  };
  if (!run.device.empty()) return on(run.device);
  try {
    return on(run.state.device);
  } catch (const Error&) {
    const std::string device = choose_device().name;
    if (device_kind(device) == run.state.device) throw;
    // What the former device stored its activations in is nothing to this one.
    config.activation_dtype = Config().activation_dtype;
    return on(device);
  }
}

}  // namespace regrow

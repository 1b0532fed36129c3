// What it takes to go on with a run: its state, its local settings, and no setting that would make
// it another run.
#include "cli/resume.h"

#include <fmt/format.h>

#include "regrow/error.h"

namespace regrow {
namespace {

void refuse(const GivenFlag& given, const std::string& stored, const RunFolder& folder) {
  throw UsageError(fmt::format(
      "{} {}: the run in {} has {}, and another value would make it another run; leave {} out, or "
      "start a new run",
      given.setting->flag(), given.value, folder.path().string(), stored.empty() ? "none" : stored,
      given.setting->flag()));
}

}  // namespace

ResumedRun resume_run(const RunFolder& folder, std::span<const GivenFlag> flags) {
  ResumedRun run{read_checkpoint(folder.last()), {}};
  Config& config = run.state.config;
  const TomlSource stored{folder.read_config(), (folder.path() / "config.toml").string()};
  const Config local = layered_config(stored, {});
  for (const Setting& setting : settings()) {
    if (setting.is_local) setting.set_from_string(config, setting.to_string(local), stored.name);
  }
  for (const GivenFlag& given : flags) {
    const Setting& setting = *given.setting;
    Config changed = config;
    setting.set_from_string(changed, given.value, setting.flag());
    if (setting.key == "epochs") {
      run.epochs = changed.epochs;
    } else if (setting.may_change_on_resume) {
      config = changed;
    } else if (setting.to_string(changed) != setting.to_string(config) &&
               !(setting.key == "simd" && given.value == run.state.instruction_set)) {
      refuse(given, setting.to_string(config), folder);
    }
  }
  return run;
}

std::unique_ptr<Backend> same_backend(const Checkpoint& state) {
  BackendOptions options = backend_options(state.config);
  auto backend = make_backend(state.device, options);
  if (backend->capabilities().instruction_set != state.instruction_set) {
    // `auto` chose another one here than on the machine that started the run.
    options.simd = state.instruction_set;
    backend = make_backend(state.device, options);
  }
  const std::string found = backend->capabilities().instruction_set;
  if (found != state.instruction_set) {
    throw Error(fmt::format(
        "the run was computed with instruction set {} and this machine offers {}: it would not end "
        "bit-identical; go on with it on a machine like the first",
        state.instruction_set, found));
  }
  return backend;
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

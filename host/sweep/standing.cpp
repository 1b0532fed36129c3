// Where a run of a sweep stands.
#include "sweep/standing.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "io/folder_lock.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"

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

/// The setting, if any, in which the folder's run is not the one wanted. Its number of epochs may
/// differ, and `auto` devices are those that they stand for here.
std::string difference(const Config& wanted, const Config& found) {
  for (const Setting& setting : settings()) {
    if (setting.is_local || setting.key == "epochs") continue;
    const std::string want = setting.to_string(wanted), have = setting.to_string(found);
    if (want == have) continue;
    if (setting.key == "device" && device_kind(resolve_device(want)) == have) continue;
    return fmt::format("its {} is {}, not {}", setting.key, have.empty() ? "empty" : have,
                       want.empty() ? "empty" : want);
  }
  return "";
}

bool says_finished(const fs::path& folder) {
  const auto summary = nlohmann::json::parse(read_file(folder / "summary.json"), nullptr,
                                             /*allow_exceptions=*/false);
  return summary.is_object() && summary.value("status", nlohmann::json()) == "finished";
}

}  // namespace

Standing standing_of(const SweepRun& run) {
  const fs::path folder = run.config.out;
  std::error_code error;
  if (!fs::exists(folder / "last.safetensors", error)) {
    // A folder of anything else is refused, and named, by the run that would start in it.
    const bool is_locked_one = fs::exists(folder / FolderLock::kFileName, error);
    return {is_locked_one && is_locked(folder) ? Stage::kElsewhere : Stage::kNew, 0, ""};
  }
  try {
    const RunFolder found = RunFolder::open(folder);
    const TomlSource file{found.read_config(), (folder / "config.toml").string()};
    const std::string other = difference(run.config, layered_config(file, {}));
    if (!other.empty()) {
      return {Stage::kForeign, 0,
              fmt::format("{}: holds another run: {}; move it away or give another --out",
                          folder.string(), other)};
    }
    if (is_locked(folder)) return {Stage::kElsewhere, 0, ""};
    const bool has_metrics = fs::exists(folder / "metrics.jsonl", error);
    const auto epochs =
        static_cast<std::uint32_t>(has_metrics ? found.read_metrics().size() : std::size_t{0});
    if (epochs > run.config.epochs) {
      return {Stage::kForeign, epochs,
              fmt::format("{}: it has been trained for {} epochs; ask for as many or more",
                          folder.string(), epochs)};
    }
    const bool finished = epochs == run.config.epochs &&
                          fs::exists(folder / "summary.json", error) && says_finished(folder);
    return {finished ? Stage::kFinished : Stage::kUnfinished, epochs, ""};
  } catch (const Error& unreadable) {
    return {Stage::kForeign, 0, unreadable.what()};
  }
}

}  // namespace regrow

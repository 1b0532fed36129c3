// The runs in folders: a folder is one run, or holds several, as a sweep's does.
#include "study/find_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

bool has(const fs::path& folder, const char* name) {
  std::error_code error;
  return fs::is_regular_file(folder / name, error);
}

/// Where the configuration is lost, a checkpoint holds it.
bool is_run(const fs::path& folder) {
  return has(folder, "config.toml") || has(folder, "last.safetensors") ||
         has(folder, "previous.safetensors");
}
/// A run writes its configuration before it trains, and these when it starts to, in this order:
/// with the second alone it has lost the first.
bool has_started(const fs::path& folder) {
  return has(folder, "metrics.jsonl") || has(folder, "summary.json");
}

/// The folders in one that hold runs, by name. Adds a warning for each that cannot be looked into:
/// a run that is left out unseen would make another mean.
std::vector<fs::path> runs_in(const fs::path& sweep, std::vector<std::string>& warnings) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(sweep, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& folder = entry->path();
    std::error_code reason;
    const fs::file_status config = fs::status(folder / "config.toml", reason);
    if (is_run(folder)) {
      folders.push_back(folder);
    } else if (config.type() == fs::file_type::none) {
      warnings.push_back(
          fmt::format("{}: cannot be read: {}; left out", folder.string(), reason.message()));
    }
  }
  if (error) throw Error(fmt::format("{}: cannot be read: {}", sweep.string(), error.message()));
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

FoundRuns find_runs(std::span<const std::string> paths) {
  FoundRuns found;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& folder) {
    if (!has_started(folder)) {
      found.warnings.push_back(fmt::format("{}: not started; left out", folder.string()));
    } else if (seen.insert(fs::weakly_canonical(folder)).second) {
      found.runs.push_back(RunFolder::open(folder));
    }
  };
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::exists(path, error)) RunFolder::open(path);  // says what is wrong
    if (is_run(path)) {
      found.only_sweeps = false;
      add(path);
      continue;
    }
    const std::vector<fs::path> inside =
        fs::is_directory(path, error) ? runs_in(path, found.warnings) : std::vector<fs::path>();
    if (inside.empty()) {
      found.warnings.push_back(fmt::format("{}: holds no run; left out", path));
      continue;
    }
    for (const fs::path& folder : inside) add(folder);
  }
  if (found.runs.empty()) {
    throw Error(fmt::format("{}: holds no run; give the folder of a run or of a sweep",
                            paths.empty() ? "." : paths.front()));
  }
  return found;
}

}  // namespace regrow

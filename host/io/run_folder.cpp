// The files of a run. A folder that holds anything but a run is never touched.
#include "regrow/run_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "io/atomic_file.h"
#include "io/event_file.h"
#include "io/folder_lock.h"
#include "io/summary.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.toml";
constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kTimings = "timings.jsonl";
constexpr const char* kSummary = "summary.json";
constexpr const char* kInitial = "initial.safetensors";
constexpr const char* kLast = "last.safetensors";
constexpr const char* kPrevious = "previous.safetensors";
constexpr const char* kBest = "best.safetensors";
constexpr std::array kRunFiles = {kConfig, kMetrics,  kTimings, kSummary,      kInitial,
                                  kLast,   kPrevious, kBest,    kEventFileName};

bool is_aside(const std::string& name) {
  return std::any_of(kRunFiles.begin(), kRunFiles.end(),
                     [&](const char* run_file) { return AtomicFile::is_aside(name, run_file); });
}

bool is_run_file(const std::string& name) {
  return std::find(kRunFiles.begin(), kRunFiles.end(), name) != kRunFiles.end();
}

std::string reason(const std::error_code& error) { return error.message(); }

struct FolderContent {
  std::vector<fs::path> run_files;
  std::vector<fs::path> asides;  // of killed writers
  bool foreign = false;

  /// A run writes its configuration and its untrained network first, then its state: without that,
  /// nothing is lost.
  bool nothing_trained() const {
    return std::all_of(run_files.begin(), run_files.end(), [](const fs::path& file) {
      return file.filename() == kConfig || file.filename() == kInitial;
    });
  }
};

FolderContent list_folder(const fs::path& path) {
  FolderContent content;
  std::error_code error;
  fs::directory_iterator entries(path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    const bool is_file = !entries->is_directory();
    if (is_file && is_run_file(name)) {
      content.run_files.push_back(entries->path());
    } else if (is_file && is_aside(name)) {
      content.asides.push_back(entries->path());
    } else if (!is_file || name != FolderLock::kFileName) {
      content.foreign = true;
    }
  }
  if (error) {
    throw Error(fmt::format("{}: the folder cannot be listed: {}; choose another --out",
                            path.string(), reason(error)));
  }
  return content;
}

/// Among foreign files a config.toml alone could be anybody's.
bool is_somebody_elses(const fs::path& path, const FolderContent& content) {
  return content.foreign &&
         !(fs::exists(path / kConfig) && (fs::exists(path / kMetrics) || fs::exists(path / kLast)));
}

/// What a new run in `path` may remove. Throws Error where it may not have the folder.
FolderContent replaceable_content(const fs::path& path, bool force) {
  FolderContent content = list_folder(path);
  if (is_somebody_elses(path, content)) {
    throw Error(fmt::format("{}: the folder is not empty and holds no run; choose another --out",
                            path.string()));
  }
  if (!force && !content.nothing_trained()) {
    throw Error(
        fmt::format("{0}: holds a run already; go on with it by --resume {0}, replace it by "
                    "--force, or choose another --out",
                    path.string()));
  }
  return content;
}

void remove_files(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    std::error_code error;
    fs::remove(file, error);
    if (error) {
      throw Error(fmt::format("{}: cannot be removed: {}; choose another folder", file.string(),
                              reason(error)));
    }
  }
}

void make_folder(const fs::path& path) {
  std::error_code error;
  make_folders(path, error);
  if (error || !fs::is_directory(path, error)) {
    throw Error(fmt::format("{}: the run folder cannot be made: {}; choose another --out",
                            path.string(), error ? reason(error) : "a file is in the way"));
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    throw Error(fmt::format("{}: the run folder cannot be written to: {}; choose another --out",
                            path.string(), std::generic_category().message(errno)));
  }
}

template <typename Item>
std::string to_lines(std::span<const Item> items) {
  std::string lines;
  for (const Item& item : items) lines += to_json_line(item) + "\n";
  return lines;
}

/// Calls visit(line, source) for every line; a last line without its end was cut off.
template <typename Visit>
void for_each_line(const fs::path& path, Visit visit) {
  const std::string text = read_file(path);
  std::size_t number = 1;
  for (std::size_t begin = 0; begin < text.size(); ++number) {
    const std::string source = fmt::format("{}:{}", path.string(), number);
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      throw Error(
          fmt::format("{}: the line is cut off; the run's checkpoint restores the file, "
                      "continue the run with --resume",
                      source));
    }
    visit(text.substr(begin, end - begin), source);
    begin = end + 1;
  }
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    throw Error(fmt::format("{}: {}; check the path", path.string(),
                            fs::exists(path, error) ? "is not a file" : "there is no such file"));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    throw Error(fmt::format("{}: cannot be read; check its permissions", path.string()));
  }
  return text;
}

RunFolder RunFolder::create(const fs::path& path, bool force) {
  if (path.empty()) throw Error("the run folder has no name; give one with --out");
  make_folder(path);
  replaceable_content(path, force);  // so that a folder refused does not even get a lock file
  auto lock = std::make_shared<FolderLock>(path);
  const FolderContent content = replaceable_content(path, force);
  remove_files(content.asides);
  remove_files(content.run_files);
  return RunFolder(path, std::move(lock));
}

RunFolder RunFolder::open(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    throw Error(fmt::format("{}: {}; give the folder of a run", path.string(),
                            fs::exists(path, error) ? "is not a folder" : "there is no such run"));
  }
  if (!fs::is_regular_file(path / kConfig, error)) {
    throw Error(
        fmt::format("{}: holds no run (no {}); give the folder of a run", path.string(), kConfig));
  }
  return RunFolder(path);
}

RunFolder RunFolder::resume(const fs::path& path) {
  open(path);
  auto lock = std::make_shared<FolderLock>(path);
  const FolderContent content = list_folder(path);
  if (content.nothing_trained()) {
    throw Error(fmt::format(
        "{0}: nothing was trained yet; start the run again with: regrow train --out {0}",
        path.string()));
  }
  remove_files(content.asides);
  return RunFolder(path, std::move(lock));
}

fs::path RunFolder::events() const { return path_ / kEventFileName; }

void RunFolder::write_config(const Config& config) const {
  write_file_atomically(path_ / kConfig, to_toml(config));
}

void RunFolder::write_last(const Checkpoint& state) const {
  if (!fs::exists(last())) return write_checkpoint(last(), state);
  // In this order the two names never stand for one file only.
  AsideLink former(last(), previous());
  write_checkpoint(last(), state);
  former.commit();
}

void RunFolder::go_back_to(const fs::path& checkpoint) const {
  AsideLink(checkpoint, last()).commit();
}

void RunFolder::write_metrics(std::span<const EpochRecord> history) const {
  write_file_atomically(path_ / kMetrics, to_lines(history));
}

void RunFolder::write_timings(std::span<const EpochTimings> timings) const {
  write_file_atomically(path_ / kTimings, to_lines(timings));
}

void RunFolder::write_summary(const Summary& summary) const {
  write_file_atomically(path_ / kSummary, summary_to_json(summary));
}

std::string RunFolder::read_config() const { return read_file(path_ / kConfig); }

std::vector<EpochRecord> RunFolder::read_metrics() const {
  std::vector<EpochRecord> history;
  for_each_line(path_ / kMetrics, [&](const std::string& line, const std::string& source) {
    history.push_back(parse_epoch_record(line, source));
    if (history.back().epoch + 1 != history.size()) {
      throw Error(fmt::format("{}: field `epoch` must be {}, one line an epoch", source,
                              history.size() - 1));
    }
  });
  return history;
}

std::vector<EpochTimings> RunFolder::read_timings() const {
  std::vector<EpochTimings> timings;
  try {
    for_each_line(path_ / kTimings, [&](const std::string& line, const std::string& source) {
      timings.push_back(parse_epoch_timings(line, source));
    });
  } catch (const Error&) {
    // The lines before the damage still count.
  }
  return timings;
}

}  // namespace regrow

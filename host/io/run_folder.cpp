// The files of a run. A folder that holds anything but a run is never touched.
#include "regrow/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "base/read_failure.h"
#include "base/shell_word.h"
#include "io/append_file.h"
#include "io/atomic_file.h"
#include "io/event_file.h"
#include "io/folder.h"
#include "io/folder_lock.h"
#include "io/line_reader.h"
#include "io/summary.h"
#include "io/system_calls.h"
#include "io/write_remedy.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.toml";
constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kEvolutions = "evolutions.jsonl";
constexpr const char* kTimings = "timings.jsonl";
constexpr const char* kSummary = "summary.json";
constexpr const char* kInitial = "initial.safetensors";
constexpr const char* kLast = "last.safetensors";
constexpr const char* kPrevious = "previous.safetensors";
constexpr const char* kBest = "best.safetensors";
constexpr std::array kRunFiles = {kConfig,  kMetrics, kEvolutions, kTimings, kSummary,
                                  kInitial, kLast,    kPrevious,   kBest,    kEventFileName};

bool is_aside(const std::string& name) {
  return std::any_of(kRunFiles.begin(), kRunFiles.end(),
                     [&](const char* run_file) { return AtomicFile::is_aside(name, run_file); });
}

bool is_run_file(const std::string& name) {
  return std::find(kRunFiles.begin(), kRunFiles.end(), name) != kRunFiles.end();
}

std::string reason(const std::error_code& error) { return error.message(); }

struct FolderContent {
  std::vector<std::string> run_files;
  std::vector<std::string> in_the_way;  // folders called as a run's files are
  std::vector<std::string> asides;      // of killed writers
  bool foreign = false;

  bool has(std::string_view name) const {
    return std::find(run_files.begin(), run_files.end(), name) != run_files.end();
  }
  /// A run writes its configuration and its untrained network first, then its state: without that,
  /// nothing is lost.
  bool nothing_trained() const {
    return std::all_of(run_files.begin(), run_files.end(),
                       [](const std::string& file) { return file == kConfig || file == kInitial; });
  }
};

FolderContent list_folder(const Folder& folder) {
  FolderContent content;
  std::error_code error;
  for (const auto& [name, is_folder] : folder.entries(error)) {
    if (!is_folder && is_run_file(name)) {
      content.run_files.push_back(name);
    } else if (!is_folder && is_aside(name)) {
      content.asides.push_back(name);
    } else if (is_folder && is_run_file(name)) {
      content.in_the_way.push_back(name);
      content.foreign = true;
    } else if (is_folder || name != FolderLock::kFileName) {
      content.foreign = true;
    }
  }
  if (error) {
    throw Error(fmt::format("{}: the folder cannot be listed: {}; {}", folder.path().string(),
                            reason(error), write_remedy(error.value(), "another --out")));
  }
  return content;
}

/// Among foreign files a config.toml alone could be anybody's.
bool is_somebody_elses(const FolderContent& content) {
  return content.foreign &&
         !(content.has(kLast) || (content.has(kConfig) && content.has(kMetrics)));
}

/// What a new run in the folder may remove. Throws Error where it may not have the folder.
FolderContent replaceable_content(const Folder& folder, bool force) {
  FolderContent content = list_folder(folder);
  const std::string path = folder.path().string();
  if (is_somebody_elses(content)) {
    throw Error(
        fmt::format("{}: the folder is not empty and holds no run; choose another --out", path));
  }
  if (!force && !content.nothing_trained()) {
    throw Error(
        fmt::format("{}: holds a run already; go on with it by --resume {}, replace it by "
                    "--force, or choose another --out",
                    path, shell_word(path)));
  }
  // A run that is replaced is gone before the new one finds that it cannot write.
  if (!content.in_the_way.empty()) {
    throw Error(
        fmt::format("{}: cannot be written: it is a folder, not a regular file; move it away",
                    folder.path_of(content.in_the_way.front()).string()));
  }
  return content;
}

/// Each of a run's files is written sooner or later: what cannot be is refused before anything is.
void require_files(const Folder& folder) {
  for (const std::string name : kRunFiles) {
    const std::string path = folder.path_of(name).string();
    if (const std::string_view other = folder.other_than_file(name); !other.empty()) {
      throw Error(fmt::format("{}: cannot be written: it is {}, not a regular file; move it away",
                              path, other));
    }
    const bool is_appended =
        name == kMetrics || name == kEvolutions || name == kTimings || name == kEventFileName;
    std::error_code error;
    if (is_appended && fs::is_symlink(path, error)) {
      throw Error(fmt::format(
          "{}: cannot be written: it is a symbolic link, not a regular file; put the file itself "
          "in its place, or remove the link",
          path));
    }
  }
}

void remove_files(const Folder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const int error_number = folder.unlink(name);
    if (error_number != 0 && error_number != ENOENT) {
      throw Error(fmt::format("{}: cannot be removed: {}; {}", folder.path_of(name).string(),
                              std::generic_category().message(error_number),
                              write_remedy(error_number)));
    }
  }
}

std::shared_ptr<const Folder> make_folder(const fs::path& path) {
  std::error_code error;
  make_folders(path, error);
  std::shared_ptr<const Folder> folder;
  if (!error) folder = Folder::open(path, error);
  if (error) {
    std::error_code unknown;
    const bool is_file = error == std::errc::not_a_directory && fs::exists(path, unknown);
    throw Error(fmt::format("{}: the run folder cannot be made: {}; {}", path.string(),
                            is_file ? "a file is in the way" : reason(error),
                            write_remedy(error.value(), "another --out")));
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    const int error_number = errno;
    throw Error(fmt::format("{}: the run folder cannot be written to: {}; {}", path.string(),
                            std::generic_category().message(error_number),
                            write_remedy(error_number, "another --out")));
  }
  return folder;
}

void write_atomically(const std::shared_ptr<const Folder>& folder, const std::string& name,
                      std::string_view content) {
  AtomicFile file(folder, name);
  file.write(std::as_bytes(std::span(content)));
  file.commit();
}

void require_file(const fs::path& path) {
  const fs::file_type type = type_to_read(path);
  if (type == fs::file_type::regular) return;
  throw Error(
      fmt::format("{}: {}; check the path", path.string(),
                  type == fs::file_type::not_found ? "there is no such file" : "is not a file"));
}

/// Calls visit(line, source) for every whole line. A last one without its end is being written, or
/// was when its writer was killed: it does not count yet.
template <typename Visit>
void for_each_line(const fs::path& path, Visit visit) {
  require_file(path);
  LineReader lines(path);
  if (!lines.is_open()) fail_to_read(path, errno);
  std::string line;
  std::size_t number = 1;
  for (; lines.next(line); ++number) visit(line, fmt::format("{}:{}", path.string(), number));
  if (lines.has_failed()) {
    throw Error(
        fmt::format("{}:{}: the line cannot be read, or is none of a run's; continue the "
                    "run with --resume, or look at the disk",
                    path.string(), number));
  }
}

}  // namespace

std::string read_file(const fs::path& path) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{64} << 20;
  require_file(path);
  std::error_code no_size;
  const std::uintmax_t bytes = fs::file_size(path, no_size);
  // A sparse file may be larger than the memory.
  if (!no_size && bytes > kMostBytes) {
    throw Error(fmt::format("{}: is longer than {} MiB, which no text of a run or a sweep is",
                            path.string(), kMostBytes >> 20));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) fail_to_read(path, errno);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) fail_to_read(path, errno);
  return text;
}

RunFolder::RunFolder(fs::path path) : path_(std::move(path)) {}

RunFolder::RunFolder(const std::shared_ptr<const Folder>& folder)
    : path_(folder->path()), folder_(folder), lock_(std::make_shared<FolderLock>(*folder)) {
  // Who removed it before it was locked may have made another one.
  folder_->require_in_place();
}

const std::shared_ptr<const Folder>& RunFolder::folder() const {
  REGROW_CHECK(folder_ != nullptr, "a run that was opened to be read is written to");
  return folder_;
}

RunFolder RunFolder::create(const fs::path& path, bool force) {
  if (path.empty()) throw Error("the run folder has no name; give one with --out");
  const auto folder = make_folder(path);
  replaceable_content(*folder, force);  // so that a folder refused does not even get a lock file
  RunFolder run(folder);
  const FolderContent content = replaceable_content(*folder, force);
  remove_files(*folder, content.asides);
  remove_files(*folder, content.run_files);
  return run;
}

RunFolder RunFolder::open(const fs::path& path) {
  const fs::file_type type = type_to_read(path);
  if (type != fs::file_type::directory) {
    throw Error(
        fmt::format("{}: {}; give the folder of a run", path.string(),
                    type == fs::file_type::not_found ? "there is no such run" : "is not a folder"));
  }
  // Where the configuration is lost, a checkpoint holds it.
  const std::array proofs = {kConfig, kLast, kPrevious, kInitial};
  if (std::none_of(proofs.begin(), proofs.end(), [&](const char* file) {
        return type_to_read(path / file) == fs::file_type::regular;
      })) {
    throw Error(fmt::format("{}: holds no run (neither {} nor {}); give the folder of a run",
                            path.string(), kConfig, kLast));
  }
  return RunFolder(path);
}

bool RunFolder::nothing_trained(const fs::path& path) {
  std::error_code error;
  const auto folder = Folder::open(path, error);
  return error || list_folder(*folder).nothing_trained();
}

RunFolder RunFolder::resume(const fs::path& path) {
  open(path);
  const auto folder = Folder::open(path);
  RunFolder run(folder);
  const FolderContent content = list_folder(*folder);
  if (content.nothing_trained()) {
    throw Error(fmt::format(
        "{}: nothing was trained yet; start the run again with: regrow train {}--out {}",
        path.string(),
        content.has(kConfig) ? fmt::format("--config {} ", shell_word(path / kConfig)) : "",
        shell_word(path)));
  }
  require_files(*folder);
  remove_files(*folder, content.asides);
  return run;
}

fs::path RunFolder::config() const { return path_ / kConfig; }

fs::path RunFolder::metrics() const { return path_ / kMetrics; }

fs::path RunFolder::evolutions() const { return path_ / kEvolutions; }

fs::path RunFolder::timings() const { return path_ / kTimings; }

fs::path RunFolder::events() const { return path_ / kEventFileName; }

void RunFolder::write_config(const Config& config) const {
  write_atomically(folder(), kConfig, to_toml(config));
}

void RunFolder::write_initial(const Checkpoint& state) const {
  write_checkpoint(folder(), kInitial, state);
}

void RunFolder::write_best(const Checkpoint& state) const {
  write_checkpoint(folder(), kBest, state);
}

void RunFolder::write_last(const Checkpoint& state) const {
  const bool has_former = folder()->has(kLast) && folder()->other_than_file(kLast).empty();
  if (!has_former) return replace_last(state);
  // In this order the two names never stand for one file only.
  AsideLink former(folder(), kLast, kPrevious);
  replace_last(state);
  former.commit();
}

void RunFolder::replace_last(const Checkpoint& state) const {
  write_checkpoint(folder(), kLast, state);
}

void RunFolder::go_back_to(const fs::path& checkpoint) const {
  REGROW_CHECK(checkpoint.parent_path() == path_, "a checkpoint of another folder");
  AsideLink(folder(), checkpoint.filename().string(), kLast).commit();
}

void RunFolder::replace_metrics(std::string_view lines) const {
  write_atomically(folder(), kMetrics, lines);
}

void RunFolder::write_summary(const Summary& summary) const {
  write_atomically(folder(), kSummary, summary_to_json(summary));
}

void RunFolder::overwrite_running() const noexcept {
  constexpr std::string_view kRunning = R"("status": "running",)";
  constexpr std::string_view kFailed = R"("status": "failed", )";
  static_assert(kRunning.size() == kFailed.size());
  try {
    // Wherever the folder has been moved it is ours, as its lock is: what says "running" there
    // would say so for good.
    const Descriptor file = folder()->open_file(kSummary, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    struct stat status = {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0) return;
    // A backup made of hard links keeps what it has.
    if (!S_ISREG(status.st_mode) || status.st_nlink > 1) return;
    std::array<char, 4096> start{};
    std::size_t bytes = 0;
    if (read_all(file.number(), 0, start, bytes) != 0) return;
    const std::size_t place = std::string_view(start.data(), bytes).find(kRunning);
    if (place == std::string_view::npos) return;
    uninterrupted([&] {
      return ::pwrite(file.number(), kFailed.data(), kFailed.size(), static_cast<off_t>(place));
    });
    uninterrupted([&] { return ::fsync(file.number()); });
  } catch (const std::exception&) {
    // Then it says so for good: whoever looks finds that nothing holds the folder's lock.
  }
}

AppendFile RunFolder::metrics_to_append() const { return {folder(), kMetrics}; }

AppendFile RunFolder::evolutions_to_append() const { return {folder(), kEvolutions}; }

AppendFile RunFolder::timings_to_append() const { return {folder(), kTimings}; }

AppendFile RunFolder::events_to_append() const { return {folder(), kEventFileName}; }

std::vector<EpochRecord> RunFolder::read_metrics() const {
  std::vector<EpochRecord> history;
  visit_metrics([&](const EpochRecord& record) { history.push_back(record); });
  return history;
}

void RunFolder::visit_metrics(const std::function<void(const EpochRecord&)>& visit) const {
  std::uint32_t epoch = 0;
  for_each_line(metrics(), [&](const std::string& line, const std::string& source) {
    const EpochRecord record = parse_epoch_record(line, source);
    if (record.epoch != epoch) {
      throw Error(fmt::format("{}: field `epoch` must be {}, one line an epoch", source, epoch));
    }
    ++epoch;
    visit(record);
  });
}

std::vector<EvolutionRecord> RunFolder::read_evolutions() const {
  std::vector<EvolutionRecord> records;
  if (type_to_read(evolutions()) == fs::file_type::not_found) return records;
  for_each_line(evolutions(), [&](const std::string& line, const std::string& source) {
    records.push_back(parse_evolution_record(line, source));
  });
  return records;
}

std::vector<EpochTimings> RunFolder::read_timings() const {
  std::vector<EpochTimings> read;
  try {
    for_each_line(timings(), [&](const std::string& line, const std::string& source) {
      read.push_back(parse_epoch_timings(line, source));
    });
  } catch (const Error&) {
    // The lines before the damage still count.
  }
  return read;
}

}  // namespace regrow

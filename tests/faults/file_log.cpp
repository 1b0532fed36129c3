#include "faults/file_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "io/folder_lock.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

bool is_aside(const fs::path& path) { return path.extension() == ".aside"; }

/// One that counts on the records of its epochs.
bool is_checkpoint(const fs::path& path) {
  return path.filename() == "last.safetensors" || path.filename() == "best.safetensors";
}

/// The lock's file holds nothing, and what a sweep's runs print is for people.
bool counts_for_nothing(const fs::path& path) {
  return path.filename() == FolderLock::kFileName || path.extension() == ".log";
}

bool holds(const fs::path& folder, const fs::path& path) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

/// What a disk need not have yet.
class Disk {
 public:
  void take(const FileOperation& operation) {
    const fs::path& path = operation.path;
    if (operation.call == "open" || operation.call == "create") {
      if ((operation.flags & O_CLOEXEC) == 0) lapse(path, "would be inherited by children");
    }
    if (counts_for_nothing(path)) return;
    if (operation.call == "create") unsynced_names_.insert(path);
    if (operation.call == "create" || operation.call == "write") unsynced_.insert(path);
    if (operation.call == "mkdir") unsynced_folders_.insert(path);
    if (operation.call == "link") unsynced_names_.insert(operation.to);
    if (operation.call == "unlink") forget(path);
    if (operation.call == "rename") rename(path, operation.to);
    if (operation.call == "sync") sync(path);
  }

  std::string lapses_at_the_end() {
    for (const fs::path& path : unsynced_) lapse(path, "was not synced before the end");
    expect_names_synced(fs::path(), "before the end");
    return lapses_;
  }

 private:
  void lapse(const fs::path& path, const std::string& what) {
    lapses_ += fmt::format("{} {}\n", path.string(), what);
  }

  void forget(const fs::path& path) {
    unsynced_.erase(path);
    unsynced_names_.erase(path);
  }

  void sync(const fs::path& path) {
    unsynced_.erase(path);
    const auto is_in_it = [&](const fs::path& entry) { return entry.parent_path() == path; };
    for (auto* names : {&unsynced_names_, &unsynced_renames_, &unsynced_folders_}) {
      std::erase_if(*names, is_in_it);
    }
  }

  void rename(const fs::path& from, const fs::path& to) {
    const std::string when = "before " + to.filename().string() + " was renamed";
    if (unsynced_.contains(from)) lapse(from, "was not synced " + when);
    forget(from);
    expect_names_synced(to, when);
    if (is_checkpoint(to)) {
      for (const fs::path& path : unsynced_) {
        if (holds(to.parent_path(), path) && !is_aside(path)) lapse(path, "was not synced " + when);
      }
    }
    unsynced_renames_.insert(to);
  }

  /// Those that a rename may count on: of the folders above it, of former renames in the same
  /// folder (one thread may write in one folder and another in another), and where it is a
  /// checkpoint, of new files. At the end: all.
  void expect_names_synced(const fs::path& renamed, const std::string& when) {
    for (const fs::path& path : unsynced_renames_) {
      if (!renamed.empty() && path.parent_path() != renamed.parent_path()) continue;
      lapse(path.parent_path(),
            "was not synced after the rename of " + path.filename().string() + " and " + when);
    }
    for (const fs::path& path : unsynced_folders_) {
      if (!renamed.empty() && !holds(path, renamed)) continue;
      lapse(path.parent_path(),
            "was not synced after " + path.filename().string() + " was made in it and " + when);
    }
    for (const fs::path& path : unsynced_names_) {
      const bool counts = renamed.empty() ||
                          (is_checkpoint(renamed) && path.parent_path() == renamed.parent_path());
      if (counts && !is_aside(path)) lapse(path, "has a name that was not synced " + when);
    }
  }

  std::set<fs::path> unsynced_;          // files, for what was written to them
  std::set<fs::path> unsynced_names_;    // of new files
  std::set<fs::path> unsynced_renames_;  // their targets
  std::set<fs::path> unsynced_folders_;  // new ones
  std::string lapses_;
};

}  // namespace

std::vector<FileOperation> read_file_log(const fs::path& file) {
  std::vector<FileOperation> log;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    FileOperation& operation = log.emplace_back();
    std::istringstream fields(line);
    std::string number, flags, path, to;
    std::getline(fields, operation.call, '\t');
    std::getline(fields, number, '\t');
    std::getline(fields, flags, '\t');
    std::getline(fields, path, '\t');
    std::getline(fields, to, '\t');
    operation.number = std::stol(number);
    operation.flags = std::stoi(flags);
    operation.path = fs::path(path).lexically_normal();
    operation.to = fs::path(to).lexically_normal();
  }
  if (log.empty()) throw std::runtime_error(file.string() + ": an empty log");
  return log;
}

std::string lapses_in(const std::vector<FileOperation>& log) {
  Disk disk;
  for (const FileOperation& operation : log) disk.take(operation);
  return disk.lapses_at_the_end();
}

}  // namespace regrow::tests

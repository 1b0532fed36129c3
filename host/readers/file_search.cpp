// Looks level by level, so that what lies nearest comes first.
#include "readers/file_search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <system_error>
#include <utility>

#include "base/read_failure.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLevels = 4;  // below the root
constexpr std::size_t kMostEntries = 100'000;
constexpr std::size_t kShownFolders = 6;

struct Listing {
  std::vector<fs::path> files;
  std::vector<fs::path> folders;
};

/// By name, so that what is found does not depend on the disk. Counts on in `entries`, up to
/// kMostEntries.
Listing list(const fs::path& folder, std::size_t& entries, std::error_code& error) {
  Listing listing;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator() && entries < kMostEntries;
       entry.increment(error), ++entries) {
    std::error_code unknown;  // of a link that leads nowhere, for instance
    if (entry->is_directory(unknown)) {
      listing.folders.push_back(entry->path());
    } else if (entry->is_regular_file(unknown)) {
      listing.files.push_back(entry->path());
    }
  }
  std::sort(listing.files.begin(), listing.files.end());
  std::sort(listing.folders.begin(), listing.folders.end());
  return listing;
}

bool has_ending(const fs::path& file, std::initializer_list<std::string_view> endings) {
  const std::string name = file.filename().string();
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_of_another_format(const fs::path& file) {
  return has_ending(file, {".npz", ".npy", ".parquet", ".arrow", ".csv", ".mat", ".pt", ".pth",
                           ".pkl", ".pkl.gz", ".h5", ".hdf5", ".tfrecord"});
}

}  // namespace

FileSearch find_files(const fs::path& root) {
  FileSearch search;
  search.root = root;
  std::set<std::pair<dev_t, ino_t>> seen;
  std::size_t entries = 0;
  std::vector<fs::path> level = {root};
  for (std::size_t depth = 0; !level.empty(); ++depth) {
    std::vector<fs::path> next;
    for (const fs::path& folder : level) {
      struct stat status = {};
      if (::stat(folder.c_str(), &status) == 0 &&
          !seen.emplace(status.st_dev, status.st_ino).second) {
        continue;
      }
      std::error_code error;
      Listing listing = list(folder, entries, error);
      const bool is_closed = error == std::errc::permission_denied && folder != root;
      if (error && !is_closed) fail_to_read(folder, error.value());
      if (folder != root) (is_closed ? search.closed : search.folders).push_back(folder);
      search.files.insert(search.files.end(), listing.files.begin(), listing.files.end());
      next.insert(next.end(), listing.folders.begin(), listing.folders.end());
    }
    search.was_cut_off = entries >= kMostEntries || (depth == kMostLevels && !next.empty());
    if (search.was_cut_off) break;
    level = std::move(next);
  }
  return search;
}

void require_folder(const fs::path& folder, std::string_view missing_remedy) {
  const fs::file_type type = type_to_read(folder);
  if (type == fs::file_type::directory) return;
  if (type == fs::file_type::not_found) {
    throw Error(fmt::format("{}: no such folder; {}", folder.string(), missing_remedy));
  }
  throw Error(is_archive(folder)
                  ? fmt::format("{}: is an archive, not a folder; unpack it and name the folder "
                                "with --data",
                                folder.string())
                  : fmt::format("{}: is a file, not a folder; name the folder that it lies in with "
                                "--data",
                                folder.string()));
}

std::string places_of(const FileSearch& search) {
  std::vector<std::string> names;
  for (const fs::path& folder : search.folders) {
    if (names.size() < kShownFolders) {
      names.push_back(folder.lexically_relative(search.root).string());
    }
  }
  if (names.size() < search.folders.size()) names.emplace_back("…");
  std::string text = "there";
  if (!names.empty()) {
    text += fmt::format(", nor in the {} folder{} below it ({})", grouped(search.folders.size()),
                        search.folders.size() == 1 ? "" : "s", fmt::join(names, ", "));
  }
  if (!search.closed.empty()) {
    text += fmt::format("; {} may not be looked into: check its permissions",
                        search.closed.front().string());
  }
  if (search.was_cut_off) {
    text += fmt::format("; no more than {} entries and {} levels were looked at",
                        grouped(kMostEntries), kMostLevels);
  }
  return text;
}

std::string other_forms(const FileSearch& search) {
  const auto archive = std::find_if(search.files.begin(), search.files.end(), is_archive);
  if (archive != search.files.end()) {
    return fmt::format("; {} is not unpacked", archive->string());
  }
  const auto other = std::find_if(search.files.begin(), search.files.end(), is_of_another_format);
  if (other == search.files.end()) return "";
  return fmt::format("; {} is of a format that is not read", other->string());
}

bool is_archive(const fs::path& file) {
  return has_ending(
      file, {".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar", ".bin.gz"});
}

}  // namespace regrow

// A folder that is held open: its files are opened, renamed, linked and removed relative to it, so
// that they stay in this folder whatever becomes of its path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "io/descriptor.h"

namespace regrow {

class Folder {
 public:
  struct Entry {
    std::string name;
    bool is_folder = false;  // or a link to one
  };

  /// `path` empty: the current folder. Throws Error, or sets `error` and returns nothing.
  static std::shared_ptr<const Folder> open(const std::filesystem::path& path);
  static std::shared_ptr<const Folder> open(const std::filesystem::path& path,
                                            std::error_code& error);

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  /// As it was opened.
  const std::filesystem::path& path() const { return path_; }
  /// Of a file in it, to be named.
  std::filesystem::path path_of(const std::string& name) const { return path_ / name; }

  /// Throws Error where path() does not name this folder any more: it was removed, moved or
  /// replaced. Whoever starts to write asks first, so that no second writer, who has the path now,
  /// is disturbed, and nothing is written where nobody finds it.
  void require_in_place() const;

  /// Without "." and "..". Sets `error` where they cannot be listed.
  std::vector<Entry> entries(std::error_code& error) const;
  /// What `name` is where it is no regular file, nor a link to one: "a folder", "a pipe"; else "".
  std::string_view other_than_file(const std::string& name) const;
  /// Follows links.
  bool has(const std::string& name) const;

  /// A file for reading; flags of open() more than O_CLOEXEC may be given. Where it cannot be
  /// opened the descriptor is none, and errno says why.
  Descriptor open_file(const std::string& name, int flags) const;
  /// A regular file, which is made where there is none. Never follows a link, and never waits, as
  /// the opening of a pipe does. Throws Error where something else has the name.
  Descriptor open_regular_file(const std::string& name, int flags) const;

  /// Return 0, or the number of the error.
  int rename(const std::string& from, const std::string& to) const;
  int link(const std::string& file, const std::string& name) const;
  int unlink(const std::string& name) const;
  /// Makes the names of its files durable, unless they are since the last rename, or the last new
  /// file by open_regular_file().
  int sync() const;

 private:
  Folder(std::filesystem::path path, Descriptor descriptor);

  std::filesystem::path path_;
  Descriptor descriptor_;
  mutable std::mutex mutex_;
  // Guarded by the mutex. What the last process here did not sync counts as a change, too.
  mutable std::uint64_t changes_ = 1;
  mutable std::uint64_t synced_ = 0;  // of the changes
};

/// What an Error says of a file that cannot be written: path, reason and remedy.
std::string write_failure(const std::filesystem::path& path, int error_number);

/// The folder that a file is to be written to, and its name there. Throws Error naming the file.
std::shared_ptr<const Folder> folder_to_write(const std::filesystem::path& file);
std::string name_in_folder(const std::filesystem::path& file);

/// As std::filesystem::create_directories(), and durably.
void make_folders(const std::filesystem::path& path, std::error_code& error);

}  // namespace regrow

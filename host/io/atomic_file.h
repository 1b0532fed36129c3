// Files that appear whole or not at all: written aside in the same folder, synced, renamed. A large
// file is written piece by piece; until commit() what was there before stays untouched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>

namespace regrow {

class AtomicFile {
 public:
  /// Opens the aside file. Throws Error where the folder cannot be written to, or where `path` is
  /// something other than a regular file.
  explicit AtomicFile(std::filesystem::path path);
  /// Removes the aside file unless commit() succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error on a full disk or a failing one.
  void write(std::span<const std::byte> bytes);
  /// Makes the file appear under its name, durably. Throws Error; then what was there before is
  /// still there, unless only the last step failed, the folder's sync: then the new file is there,
  /// but might not outlive a power cut.
  void commit();

  /// True where `file_name` is what a killed writer of `target_name` leaves behind.
  static bool is_aside(std::string_view file_name, std::string_view target_name);

 private:
  void discard() noexcept;
  [[noreturn]] void fail(int error_number);

  std::filesystem::path path_;
  std::filesystem::path aside_;
  int descriptor_ = -1;
  bool exists_ = false;  // the aside file
};

/// A second name for a file, kept aside until commit() makes it `path`: what the file holds
/// outlives its replacement under the first name. A hard link; a copy where the file system has
/// none.
class AsideLink {
 public:
  /// Throws Error where the folder cannot be written to.
  AsideLink(const std::filesystem::path& file, std::filesystem::path path);
  /// Removes the second name unless commit() succeeded.
  ~AsideLink();
  AsideLink(const AsideLink&) = delete;
  AsideLink& operator=(const AsideLink&) = delete;

  /// Replaces `path`, durably. Throws Error as AtomicFile::commit().
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path aside_;
};

/// As std::filesystem::create_directories(), and durably.
void make_folders(const std::filesystem::path& path, std::error_code& error);

}  // namespace regrow

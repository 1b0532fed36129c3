// Files that appear whole or not at all: written aside in the same folder, synced, renamed. A large
// file is written piece by piece; until commit() what was there before stays untouched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/descriptor.h"
#include "io/folder.h"

namespace regrow {

class AtomicFile {
 public:
  /// Opens the aside file. Throws Error where the folder is not in its place or cannot be written
  /// to, or where `name` is something other than a regular file.
  AtomicFile(std::shared_ptr<const Folder> folder, std::string name);
  explicit AtomicFile(const std::filesystem::path& path);
  /// Removes the aside file unless commit() succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error on a full disk or a failing one.
  void write(std::span<const std::byte> bytes);
  /// Makes the file appear under its name, durably. Throws Error, also where the folder is not in
  /// its place any more; then what was there before is still there, unless only the last step
  /// failed, the folder's sync: then the new file is there, but might not outlive a power cut.
  void commit();

  /// True where `file_name` is what a killed writer of `target_name` leaves behind.
  static bool is_aside(std::string_view file_name, std::string_view target_name);

 private:
  void discard() noexcept;
  [[noreturn]] void fail(int error_number);

  std::shared_ptr<const Folder> folder_;
  std::string name_;
  std::string aside_;
  Descriptor descriptor_;
  bool exists_ = false;  // the aside file
};

/// A second name for a file, kept aside until commit() makes it `name`: what the file holds
/// outlives its replacement under the first name. A hard link; a copy where the file system has
/// none.
class AsideLink {
 public:
  /// Of a file in the same folder. Throws Error where the folder is not in its place or cannot be
  /// written to.
  AsideLink(std::shared_ptr<const Folder> folder, const std::string& file, std::string name);
  /// Removes the second name unless commit() succeeded.
  ~AsideLink();
  AsideLink(const AsideLink&) = delete;
  AsideLink& operator=(const AsideLink&) = delete;

  /// Replaces `name`, durably. Throws Error as AtomicFile::commit().
  void commit();

 private:
  std::shared_ptr<const Folder> folder_;
  std::string name_;
  std::string aside_;
};

}  // namespace regrow

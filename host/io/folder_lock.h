// One writer to a folder at a time: a lock on the file .lock in it, which the system releases when
// its holder ends, however it ends.
#pragma once

#include <filesystem>

namespace regrow {

class FolderLock {
 public:
  static constexpr const char* kFileName = ".lock";
  /// What the message of a refusal says, for a program that reads it.
  static constexpr const char* kHeld = "another run is writing to it";

  /// Throws Error where another run holds the lock, in this process or another one.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace regrow

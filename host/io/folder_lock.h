// One writer to a folder at a time: a lock on the file .lock in it, which the system releases when
// its holder ends, however it ends.
#pragma once

#include <filesystem>

namespace regrow {

class FolderLock {
 public:
  static constexpr const char* kFileName = ".lock";

  /// Throws Error where another run holds the lock, in this process or another one.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace regrow

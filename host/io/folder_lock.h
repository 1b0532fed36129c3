// One writer to a folder at a time: a lock on the file .lock in it, which the system releases when
// its holder ends, however it ends.
#pragma once

#include <filesystem>

#include "regrow/error.h"

namespace regrow {

/// A folder that another run is writing to: trying again later may do. The program exits with 75,
/// EX_TEMPFAIL of sysexits.h.
class LockedError : public Error {
 public:
  using Error::Error;
};

class FolderLock {
 public:
  static constexpr const char* kFileName = ".lock";

  /// Throws LockedError where another run holds the lock, in this process or another one; Error
  /// where the folder cannot be locked.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace regrow

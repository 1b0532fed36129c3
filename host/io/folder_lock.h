// One writer to a folder at a time: a lock on the file .lock in it, which the system releases when
// its holder ends, however it ends. It is the folder's, not its path's: who holds it asks
// Folder::require_in_place() before every write, and so leaves a folder that is made anew under the
// same path to the next one.
#pragma once

#include <filesystem>

#include "io/descriptor.h"
#include "io/folder.h"
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
  explicit FolderLock(const Folder& folder);
  explicit FolderLock(const std::filesystem::path& folder);

 private:
  Descriptor file_;
  Descriptor folder_;  // locked as well: the file can be removed while the folder stays
};

}  // namespace regrow

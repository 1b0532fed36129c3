// The lock is the system's, not the file's existence: what a killed run leaves does not lock.
#include "io/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "io/system_calls.h"

namespace regrow {

FolderLock::FolderLock(const std::filesystem::path& folder) : FolderLock(*Folder::open(folder)) {}

FolderLock::FolderLock(const Folder& folder)
    : descriptor_(folder.open_regular_file(kFileName, O_RDWR)) {
  if (!descriptor_.is_open()) {
    throw Error(fmt::format("{}: the run folder cannot be locked: {}; choose another folder",
                            folder.path_of(kFileName).string(),
                            std::generic_category().message(errno)));
  }
  // A file system that knows no locks is still one to train on; EWOULDBLOCK alone says "held".
  const int locked =
      uninterrupted([&] { return ::flock(descriptor_.number(), LOCK_EX | LOCK_NB); });
  if (locked != 0 && errno == EWOULDBLOCK) {
    throw LockedError(
        fmt::format("{}: another run is writing to it; wait for it to end, stop it, or choose "
                    "another folder",
                    folder.path().string()));
  }
}

}  // namespace regrow

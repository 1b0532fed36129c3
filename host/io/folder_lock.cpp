// The lock is the system's, not the file's existence: what a killed run leaves does not lock.
#include "io/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "io/system_calls.h"

namespace regrow {

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFileName;
  descriptor_ =
      uninterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); });
  if (descriptor_ < 0) {
    throw Error(fmt::format("{}: the run folder cannot be locked: {}; choose another folder",
                            path.string(), std::generic_category().message(errno)));
  }
  // A file system that knows no locks is still one to train on; EWOULDBLOCK alone says "held".
  const int locked = uninterrupted([&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); });
  if (locked != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    throw LockedError(
        fmt::format("{}: another run is writing to it; wait for it to end, stop it, or choose "
                    "another folder",
                    folder.string()));
  }
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace regrow

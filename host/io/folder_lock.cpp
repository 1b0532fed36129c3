// The lock is the system's, not the file's existence: what a killed run leaves does not lock.
#include "io/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "io/system_calls.h"
#include "io/write_remedy.h"

namespace regrow {
namespace {

/// Locks what it can. A file system that knows no locks is still one to train on: EWOULDBLOCK alone
/// says that another one has it.
bool is_held(const Descriptor& descriptor) {
  return uninterrupted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); }) != 0 &&
         errno == EWOULDBLOCK;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) : FolderLock(*Folder::open(folder)) {}

FolderLock::FolderLock(const Folder& folder)
    : file_(folder.open_regular_file(kFileName, O_RDWR)),
      folder_(folder.open_file(".", O_RDONLY | O_DIRECTORY)) {
  if (!file_.is_open()) {
    const int error_number = errno;
    throw Error(fmt::format(
        "{}: the run folder cannot be locked: {}; {}", folder.path_of(kFileName).string(),
        std::generic_category().message(error_number), write_remedy(error_number)));
  }
  if (is_held(file_) || is_held(folder_)) {
    throw LockedError(
        fmt::format("{}: another run is writing to it; wait for it to end, stop it, or choose "
                    "another folder",
                    folder.path().string()));
  }
}

}  // namespace regrow

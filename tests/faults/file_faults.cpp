// Counts the operations on files that are written, logs them, and lets one of them fail. The
// calls are made without the C library, whose functions these replace.
#include "faults/file_faults.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>

namespace regrow::tests {
namespace {

using Kind = FileFault::Kind;

Kind fault_kind = Kind::kNone;
long fault_at = 0;
int fault_signal = 0;
int fault_error = ENOSPC;
int log_file = -1;
std::atomic<long>* operation_count = nullptr;  // shared with the children

bool begins_with(const char* text, const char* start) {
  return std::strncmp(text, start, std::strlen(start)) == 0;
}

/// Held from an operation's number to its line in the log: with threads, too, the lines are in the
/// order of what they tell.
std::mutex one_at_a_time;
using Turn = std::lock_guard<std::mutex>;

/// The latest operation that this thread has counted.
thread_local long own_operation = -1;

/// True where the disk is full. `torn` is done first where the program is killed.
template <typename Torn>
bool fails(Torn torn) {
  if (operation_count == nullptr) return false;
  const long now = (*operation_count)++;
  own_operation = now;
  if (now < fault_at) return false;
  if (fault_kind == Kind::kFull || (fault_kind == Kind::kFullOnce && now == fault_at)) {
    errno = fault_error;
    return true;
  }
  if (now > fault_at) return false;
  if (fault_kind == Kind::kKill) {
    torn();
    kill(getpid(), SIGKILL);
  }
  // To this thread: it has the signal before it goes on, and a second one is not taken for the
  // same.
  if (fault_kind == Kind::kSignal || fault_kind == Kind::kTwoSignals) raise(fault_signal);
  if (fault_kind == Kind::kTwoSignals) raise(fault_signal);
  return false;
}

bool fails() {
  return fails([] {});
}

/// Every second call of a thread: who is interrupted tries again.
bool is_interrupted() {
  thread_local bool was = false;
  if (fault_kind != Kind::kInterrupted) return false;
  was = !was;
  if (was) errno = EINTR;
  return was;
}

std::size_t done_of(std::size_t bytes) {
  return fault_kind == Kind::kInterrupted && bytes > 1 ? bytes / 2 : bytes;
}

using Path = char[PATH_MAX];

/// Of an open file or folder.
void find_path(int file, Path& path) {
  char link[64];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  const long size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof(path) - 1);
  path[size > 0 ? size : 0] = '\0';
}

/// Of a name in an open folder, or in the current one.
void find_path(int folder, const char* name, Path& path) {
  path[0] = '\0';
  if (name[0] != '/') {
    if (folder == AT_FDCWD) {
      syscall(SYS_getcwd, path, sizeof(path) - 1);
    } else {
      find_path(folder, path);
    }
    std::strncat(path, "/", sizeof(path) - std::strlen(path) - 1);
  }
  std::strncat(path, name, sizeof(path) - std::strlen(path) - 1);
}

/// A line of the log, of what succeeded: the call, its number, its flags, its path or paths. Those
/// are absolute. One write, to a file that is appended to: no other process's line is within it.
void note(const char* call, int flags, const Path& path, const char* second = "") {
  if (log_file < 0) return;
  const int was = errno;
  char line[2 * PATH_MAX + 64];
  const int size = std::snprintf(line, sizeof(line), "%s\t%ld\t%d\t%s\t%s\n", call, own_operation,
                                 flags, path, second);
  syscall(SYS_write, log_file, line, size);
  errno = was;
}

template <typename Result>
Result noted(Result result, const char* call, int file) {
  if (result < 0 || log_file < 0) return result;
  Path path;
  find_path(file, path);
  note(call, 0, path);
  return result;
}

int noted(long result, const char* call, int folder, const char* name) {
  if (result < 0 || log_file < 0) return static_cast<int>(result);
  Path path;
  find_path(folder, name, path);
  note(call, 0, path);
  return static_cast<int>(result);
}

int noted(long result, const char* call, int folder, const char* name, int to_folder,
          const char* to_name) {
  if (result < 0 || log_file < 0) return static_cast<int>(result);
  Path path, to;
  find_path(folder, name, path);
  find_path(to_folder, to_name, to);
  note(call, 0, path, to);
  return static_cast<int>(result);
}

int open_file(int folder, const char* name, int flags, unsigned mode) {
  // What is only read, and what is no file, does not count.
  const bool counts = (flags & O_CREAT) != 0 && !begins_with(name, "/dev/null");
  const Turn turn(one_at_a_time);
  if (counts && is_interrupted()) return -1;
  const bool is_new = counts && syscall(SYS_faccessat, folder, name, F_OK) != 0;
  // A full disk opens what it has.
  if (counts && fails() && is_new) return -1;
  const int file = static_cast<int>(syscall(SYS_openat, folder, name, flags, mode));
  if (file < 0 || log_file < 0) return file;
  Path path;
  find_path(folder, name, path);
  note(is_new ? "create" : "open", flags, path);
  return file;
}

int rename_file(int folder, const char* from, int to_folder, const char* to) {
  const Turn turn(one_at_a_time);
  if (fails()) return -1;
  return noted(syscall(SYS_renameat2, folder, from, to_folder, to, 0), "rename", folder, from,
               to_folder, to);
}

int link_file(int folder, const char* from, int to_folder, const char* to, int flags) {
  const Turn turn(one_at_a_time);
  if (fails()) return -1;
  if (fault_kind == Kind::kNoLinks) {
    errno = EPERM;
    return -1;
  }
  return noted(syscall(SYS_linkat, folder, from, to_folder, to, flags), "link", folder, from,
               to_folder, to);
}

int make_folder(int folder, const char* name, mode_t mode) {
  const Turn turn(one_at_a_time);
  if (fails()) return -1;
  return noted(syscall(SYS_mkdirat, folder, name, mode), "mkdir", folder, name);
}

int unlink_file(int folder, const char* name, int flags) {
  const Turn turn(one_at_a_time);
  // A full disk lets files go.
  const int was = errno;
  if (fails()) errno = was;
  return noted(syscall(SYS_unlinkat, folder, name, flags), "unlink", folder, name);
}

ssize_t read_file(int file, void* bytes, size_t count) {
  if (file <= STDERR_FILENO) return syscall(SYS_read, file, bytes, count);
  if (is_interrupted()) return -1;
  return syscall(SYS_read, file, bytes, done_of(count));
}

ssize_t read_file_at(int file, void* bytes, size_t count, off_t offset) {
  if (is_interrupted()) return -1;
  return syscall(SYS_pread64, file, bytes, done_of(count), offset);
}

ssize_t write_file_at(int file, const void* bytes, size_t count, off_t offset) {
  const Turn turn(one_at_a_time);
  if (is_interrupted()) return -1;
  const int was = errno;
  // A full disk takes what replaces bytes that it has.
  if (fails([&] { syscall(SYS_pwrite64, file, bytes, count / 2, offset); })) errno = was;
  return noted(syscall(SYS_pwrite64, file, bytes, done_of(count), offset), "write", file);
}

}  // namespace

void begin_file_fault(const FileFault& fault) {
  if (operation_count == nullptr) {
    void* page = mmap(nullptr, sizeof(*operation_count), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::runtime_error("no memory to share");
    operation_count = new (page) std::atomic<long>(0);
  }
  *operation_count = 0;
  fault_kind = fault.kind;
  fault_at = fault.at;
  fault_signal = fault.signal;
  fault_error = fault.error;
  if (log_file >= 0) syscall(SYS_close, log_file);
  log_file = -1;
  if (fault.log.empty()) return;
  log_file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, fault.log.c_str(),
                                      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666));
  if (log_file < 0) throw std::runtime_error("no log of file operations");
}

long file_operations() { return operation_count == nullptr ? 0 : operation_count->load(); }

// The C library's.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(folder, path, flags, mode);
}

ssize_t read(int file, void* bytes, size_t count) { return read_file(file, bytes, count); }

ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  return read_file_at(file, bytes, count, offset);
}

ssize_t pread64(int file, void* bytes, size_t count, off64_t offset) {
  return read_file_at(file, bytes, count, offset);
}

ssize_t write(int file, const void* bytes, size_t count) {
  if (file <= STDERR_FILENO) return syscall(SYS_write, file, bytes, count);
  const Turn turn(one_at_a_time);
  if (is_interrupted()) return -1;
  if (fails([&] { syscall(SYS_write, file, bytes, count / 2); })) return -1;
  return noted(syscall(SYS_write, file, bytes, done_of(count)), "write", file);
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  return write_file_at(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
  return write_file_at(file, bytes, count, offset);
}

ssize_t sendfile(int to, int from, off_t* offset, size_t count) noexcept {
  const Turn turn(one_at_a_time);
  if (fails()) return -1;
  return noted(syscall(SYS_sendfile, to, from, offset, count), "write", to);
}

ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t count,
                        unsigned flags) {
  const Turn turn(one_at_a_time);
  if (fails()) return -1;
  return noted(syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags),
               "write", to);
}

int ftruncate(int file, off_t size) noexcept {
  const Turn turn(one_at_a_time);
  if (is_interrupted() || fails()) return -1;
  return static_cast<int>(noted(syscall(SYS_ftruncate, file, size), "write", file));
}

int fsync(int file) {
  const Turn turn(one_at_a_time);
  if (is_interrupted() || fails()) return -1;
  return static_cast<int>(noted(syscall(SYS_fsync, file), "sync", file));
}

int fdatasync(int file) {
  const Turn turn(one_at_a_time);
  if (is_interrupted() || fails()) return -1;
  return static_cast<int>(noted(syscall(SYS_fdatasync, file), "sync", file));
}

int rename(const char* from, const char* to) noexcept {
  return rename_file(AT_FDCWD, from, AT_FDCWD, to);
}

int renameat(int folder, const char* from, int to_folder, const char* to) noexcept {
  return rename_file(folder, from, to_folder, to);
}

int link(const char* from, const char* to) noexcept {
  return link_file(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return link_file(folder, from, to_folder, to, flags);
}

int mkdir(const char* path, mode_t mode) noexcept { return make_folder(AT_FDCWD, path, mode); }

int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  return make_folder(folder, path, mode);
}

int unlink(const char* path) noexcept { return unlink_file(AT_FDCWD, path, 0); }

int unlinkat(int folder, const char* path, int flags) noexcept {
  return unlink_file(folder, path, flags);
}

int remove(const char* path) noexcept {
  struct stat status = {};
  if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) return rmdir(path);
  return unlink(path);
}
}

}  // namespace regrow::tests

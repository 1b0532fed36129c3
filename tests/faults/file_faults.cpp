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
#include <new>
#include <stdexcept>

namespace regrow::tests {
namespace {

using Kind = FileFault::Kind;

Kind fault_kind = Kind::kNone;
long fault_at = 0;
int fault_signal = 0;
int log_file = -1;
std::atomic<long>* operation_count = nullptr;  // shared with the children

bool begins_with(const char* text, const char* start) {
  return std::strncmp(text, start, std::strlen(start)) == 0;
}

/// True where the disk is full. `torn` is done first where the program is killed.
template <typename Torn>
bool fails(Torn torn) {
  if (operation_count == nullptr) return false;
  const long now = (*operation_count)++;
  if (now < fault_at) return false;
  if (fault_kind == Kind::kFull || (fault_kind == Kind::kFullOnce && now == fault_at)) {
    errno = ENOSPC;
    return true;
  }
  if (now > fault_at) return false;
  if (fault_kind == Kind::kKill) {
    torn();
    kill(getpid(), SIGKILL);
  }
  if (fault_kind == Kind::kSignal || fault_kind == Kind::kTwoSignals) kill(getpid(), fault_signal);
  if (fault_kind == Kind::kTwoSignals) kill(getpid(), fault_signal);
  return false;
}

bool fails() {
  return fails([] {});
}

/// Every second call: who is interrupted tries again.
bool is_interrupted() {
  static bool was = false;
  if (fault_kind != Kind::kInterrupted) return false;
  was = !was;
  if (was) errno = EINTR;
  return was;
}

std::size_t done_of(std::size_t bytes) {
  return fault_kind == Kind::kInterrupted && bytes > 1 ? bytes / 2 : bytes;
}

/// A line of the log, of what succeeded: the call, its number, its flags, its path or paths. Those
/// are absolute.
void note(const char* call, int flags, const char* path, const char* second = "") {
  if (log_file < 0) return;
  char folder[PATH_MAX] = "";
  if (path[0] != '/') {
    syscall(SYS_getcwd, folder, sizeof(folder) - 1);
    std::strncat(folder, "/", 2);
  }
  char line[4 * PATH_MAX];
  const int size = std::snprintf(line, sizeof(line), "%s\t%ld\t%d\t%s%s\t%s%s\n", call,
                                 operation_count->load() - 1, flags, folder, path,
                                 second[0] == '\0' ? "" : folder, second);
  syscall(SYS_write, log_file, line, size);
}

void note(const char* call, int file) {
  if (log_file < 0) return;
  char link[64], path[PATH_MAX] = "";
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof(path) - 1);
  note(call, 0, path);
}

template <typename Result>
Result noted(Result result, const char* call, int file) {
  if (result >= 0) note(call, file);
  return result;
}

int noted(long result, const char* call, const char* path, const char* second = "") {
  if (result >= 0) note(call, 0, path, second);
  return static_cast<int>(result);
}

int open_file(const char* path, int flags, unsigned mode) {
  // What is only read, and what is no file, does not count.
  const bool counts = (flags & O_CREAT) != 0 && !begins_with(path, "/dev/null");
  if (counts && (is_interrupted() || fails())) return -1;
  const bool is_new = counts && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  if (file >= 0) note(is_new ? "create" : "open", flags, path);
  return file;
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
  return open_file(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return open_file(path, flags, mode);
}

ssize_t read(int file, void* bytes, size_t count) {
  if (file <= STDERR_FILENO) return syscall(SYS_read, file, bytes, count);
  if (is_interrupted()) return -1;
  return syscall(SYS_read, file, bytes, done_of(count));
}

ssize_t write(int file, const void* bytes, size_t count) {
  if (file <= STDERR_FILENO) return syscall(SYS_write, file, bytes, count);
  if (is_interrupted()) return -1;
  if (fails([&] { syscall(SYS_write, file, bytes, count / 2); })) return -1;
  return noted(syscall(SYS_write, file, bytes, done_of(count)), "write", file);
}

ssize_t sendfile(int to, int from, off_t* offset, size_t count) noexcept {
  if (fails()) return -1;
  return noted(syscall(SYS_sendfile, to, from, offset, count), "write", to);
}

ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t count,
                        unsigned flags) {
  if (fails()) return -1;
  return noted(syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags),
               "write", to);
}

int ftruncate(int file, off_t size) noexcept {
  if (is_interrupted() || fails()) return -1;
  return static_cast<int>(noted(syscall(SYS_ftruncate, file, size), "write", file));
}

int fsync(int file) {
  if (is_interrupted() || fails()) return -1;
  return static_cast<int>(noted(syscall(SYS_fsync, file), "sync", file));
}

int fdatasync(int file) {
  if (is_interrupted() || fails()) return -1;
  return static_cast<int>(noted(syscall(SYS_fdatasync, file), "sync", file));
}

int rename(const char* from, const char* to) noexcept {
  if (fails()) return -1;
  return noted(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), "rename", from, to);
}

int link(const char* from, const char* to) noexcept {
  if (fails()) return -1;
  if (fault_kind == Kind::kNoLinks) {
    errno = EPERM;
    return -1;
  }
  return noted(syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), "link", from, to);
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (fails()) return -1;
  return noted(syscall(SYS_mkdirat, AT_FDCWD, path, mode), "mkdir", path);
}

int unlink(const char* path) noexcept {
  // A full disk lets files go.
  const int was = errno;
  if (fails()) errno = was;
  return noted(syscall(SYS_unlinkat, AT_FDCWD, path, 0), "unlink", path);
}

int remove(const char* path) noexcept {
  struct stat status = {};
  if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) return rmdir(path);
  return unlink(path);
}
}

}  // namespace regrow::tests

// A library to preload: counts a program's operations on files that it writes, and at one of them
// kills it, sends it a signal, or finds the disk full from there on. No number of them is random,
// so that a test can go through all.
//   FAULT_AT=n    the first operation is 0
//   FAULT=kill | full | signal:NUMBER | signals:NUMBER (twice the same)
//   FAULT_COUNT=FILE    gets the number of operations at the program's end
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> operations{0};

bool begins_with(const char* text, const char* start) {
  return std::strncmp(text, start, std::strlen(start)) == 0;
}

/// True where the disk is full. `torn` is done first where the program is killed.
template <typename Torn>
bool fails(Torn torn) {
  const long now = operations++;
  const char* at = std::getenv("FAULT_AT");
  const char* fault = std::getenv("FAULT");
  if (at == nullptr || fault == nullptr || now < std::atol(at)) return false;
  if (std::strcmp(fault, "full") == 0) {
    errno = ENOSPC;
    return true;
  }
  if (now > std::atol(at)) return false;
  if (std::strcmp(fault, "kill") == 0) {
    torn();
    kill(getpid(), SIGKILL);
  }
  for (const char* kind : {"signal:", "signals:"}) {
    if (!begins_with(fault, kind)) continue;
    const int signal = std::atoi(fault + std::strlen(kind));
    kill(getpid(), signal);
    if (std::strcmp(kind, "signals:") == 0) kill(getpid(), signal);
  }
  return false;
}

bool fails() {
  return fails([] {});
}

int open_file(const char* path, int flags, unsigned mode) {
  // What is only read, and what is no file, does not count.
  const bool counts = (flags & O_CREAT) != 0 && !begins_with(path, "/dev/null");
  if (counts && fails()) return -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

struct CountAtEnd {
  ~CountAtEnd() {
    const char* path = std::getenv("FAULT_COUNT");
    if (path == nullptr) return;
    const long count = operations;
    if (std::FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld\n", count);
      std::fclose(file);
    }
  }
} count_at_end;

}  // namespace

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

ssize_t write(int file, const void* bytes, size_t count) {
  if (file > STDERR_FILENO && fails([&] { syscall(SYS_write, file, bytes, count / 2); })) return -1;
  return syscall(SYS_write, file, bytes, count);
}

int fsync(int file) { return fails() ? -1 : static_cast<int>(syscall(SYS_fsync, file)); }

int rename(const char* from, const char* to) noexcept {
  if (fails()) return -1;
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int link(const char* from, const char* to) noexcept {
  if (fails()) return -1;
  return static_cast<int>(syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char* path) noexcept {
  // A full disk lets files go.
  const int was = errno;
  if (fails()) errno = was;
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
}

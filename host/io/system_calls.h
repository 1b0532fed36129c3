// Calls of the system that a signal may interrupt, or that do less than they were asked to.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

namespace regrow {

/// What `call` returns, once no signal interrupts it any more.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Returns 0, or the number of the error that came before the last byte.
inline int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        uninterrupted([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

/// As many bytes as `into` takes, fewer only where the file ends. Returns 0, or the number of the
/// error.
inline int read_all(int descriptor, std::uint64_t offset, std::span<char> into,
                    std::size_t& bytes_read) {
  bytes_read = 0;
  while (bytes_read < into.size()) {
    const std::span<char> rest = into.subspan(bytes_read);
    const ssize_t count = uninterrupted([&] {
      return ::pread(descriptor, rest.data(), rest.size(), static_cast<off_t>(offset + bytes_read));
    });
    if (count < 0) return errno;
    if (count == 0) return 0;
    bytes_read += static_cast<std::size_t>(count);
  }
  return 0;
}

/// Until the disk has it all. Returns 0, or the number of the error.
inline int sync_file(int descriptor) {
  return uninterrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
}

/// Returns 0, or the number of the error. A descriptor is gone even where a signal interrupts its
/// closing, and must not be closed twice: another thread may have its number.
inline int close_once(int descriptor) {
  return ::close(descriptor) == 0 || errno == EINTR ? 0 : errno;
}

}  // namespace regrow

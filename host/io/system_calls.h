// Calls of the system that a signal may interrupt, or that do less than they were asked to.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
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

/// Returns 0, or the number of the error. A descriptor is gone even where a signal interrupts its
/// closing, and must not be closed twice: another thread may have its number.
inline int close_once(int descriptor) {
  return ::close(descriptor) == 0 || errno == EINTR ? 0 : errno;
}

}  // namespace regrow

// What a call says where rights or limits are others than those of the tests, which root may run.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <string>

namespace regrow::tests {

/// The message of what `call` throws in a child of this process that first called `prepare`; empty
/// where it throws nothing.
template <typename Prepare, typename Call>
std::string error_in_child(const Prepare& prepare, const Call& call) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string message;
    try {
      if (!prepare()) message = "the child cannot be prepared";
      if (message.empty()) call();
    } catch (const std::exception& error) {
      message = error.what();
    }
    const ssize_t written = write(ends[1], message.data(), message.size());
    _exit(written < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::string message;
  std::array<char, 4096> piece{};
  for (ssize_t count = 0; (count = read(ends[0], piece.data(), piece.size())) > 0;) {
    message.append(piece.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "the child ended otherwise than it should";
  return message;
}

/// As somebody who owns nothing, so that permissions count.
template <typename Call>
std::string error_as_nobody(const Call& call) {
  constexpr uid_t kNobody = 65534;
  return error_in_child([] { return geteuid() != 0 || setresuid(kNobody, kNobody, kNobody) == 0; },
                        call);
}

/// For error_in_child(), of what would need more memory than there is.
inline bool limit_data_to_4_gib() {
  const rlimit limit{rlim_t{1} << 32, rlim_t{1} << 32};
  return setrlimit(RLIMIT_DATA, &limit) == 0;
}

/// UBSan asks by way of a pipe whether an object is one, and takes it for none where it cannot.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kNeedsDescriptors = true;
#else
constexpr bool kNeedsDescriptors = false;
#endif

/// Where no more file can be opened.
template <typename Call>
std::string error_without_descriptors(const Call& call) {
  return error_in_child(
      [] {
        const rlimit none{0, 0};
        return setrlimit(RLIMIT_NOFILE, &none) == 0;
      },
      call);
}

}  // namespace regrow::tests

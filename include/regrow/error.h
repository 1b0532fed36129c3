// Errors that reach a person: one line that names the thing, the place and the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace regrow {

/// A failure caused by the outside world (files, data, configuration, devices). `what()` is one
/// clear line; the program prints it and exits with 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A command line or configuration that makes no sense. The program exits with 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

namespace detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               const std::string& message);
}  // namespace detail
}  // namespace regrow

/// An invariant of the program itself: throws std::logic_error with expression, file and line.
#define REGROW_CHECK(condition, message)                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      ::regrow::detail::check_failed(#condition, __FILE__, __LINE__, (message)); \
    }                                                                            \
  } while (false)

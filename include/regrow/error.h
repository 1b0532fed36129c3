// Errors that reach a person: one line that names the thing, the place and the remedy.
#pragma once

#include <cstddef>
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

/// A failed REGROW_CHECK: what() is the message and, in brackets, the expression and its place in
/// the source; message() is for where the outside world is at fault after all.
class BrokenInvariant : public std::logic_error {
 public:
  BrokenInvariant(const std::string& message, const std::string& place)
      : std::logic_error(message + " [" + place + "]"), length_(message.size()) {}

  std::string message() const { return std::string(what()).substr(0, length_); }

 private:
  std::size_t length_;
};

namespace detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               const std::string& message);
}  // namespace detail
}  // namespace regrow

/// An invariant of the program itself: throws BrokenInvariant, a std::logic_error.
#define REGROW_CHECK(condition, message)                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      ::regrow::detail::check_failed(#condition, __FILE__, __LINE__, (message)); \
    }                                                                            \
  } while (false)

// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

#include "io/system_calls.h"

namespace regrow {

/// Closed when it goes; -1 where it holds none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this == &other) return *this;
    close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  /// Somebody else closes it.
  int release() { return std::exchange(number_, -1); }
  /// Returns 0, or the number of the error: network file systems report a full disk as late as
  /// here.
  int close() { return is_open() ? close_once(std::exchange(number_, -1)) : 0; }

 private:
  int number_ = -1;
};

}  // namespace regrow

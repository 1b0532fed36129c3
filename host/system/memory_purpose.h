// What memory is wanted for, so that whoever reports that there is none left can say it.
#pragma once

#include <cstdint>
#include <string>

namespace regrow {

/// While it lives, this thread allocates for `what`. Where an exception ends its block, and no
/// other one within it, that is what the exception was about.
class MemoryPurpose {
 public:
  /// `what`: of static storage, as "the data set"; or "layer", with its number.
  explicit MemoryPurpose(const char* what, std::int64_t number = -1) noexcept;
  ~MemoryPurpose();
  MemoryPurpose(const MemoryPurpose&) = delete;
  MemoryPurpose& operator=(const MemoryPurpose&) = delete;

  /// Of the exception that is being handled by this thread; "" where it came from no such block.
  /// The next one starts afresh.
  static std::string take_failed();

 private:
  const char* what_;
  std::int64_t number_;
  int exceptions_;  // on their way when it was made
};

}  // namespace regrow

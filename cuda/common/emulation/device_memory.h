// The memory of the emulated GPU: counted, so that tests find leaks, and limited, so that they find
// out what happens when it is full.
#pragma once

#include <cstddef>

namespace regrow::emulation {

/// Bytes that are allocated now, in the whole process.
std::size_t live_bytes();
std::size_t memory_capacity();

/// Gives the emulated GPU `bytes` of memory for a scope. Elsewhere it has as much as the machine.
class ScopedCapacity {
 public:
  explicit ScopedCapacity(std::size_t bytes);
  ~ScopedCapacity();
  ScopedCapacity(const ScopedCapacity&) = delete;
  ScopedCapacity& operator=(const ScopedCapacity&) = delete;

 private:
  std::size_t saved_;
};

}  // namespace regrow::emulation

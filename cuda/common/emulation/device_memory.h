// The memory of the emulated GPUs: counted, so that tests find leaks, and limited, so that they
// find out what happens when it is full. What is freed is poisoned and kept for a while, so that
// work which still uses it computes nonsense; under AddressSanitizer it is given back at once.
#pragma once

#include <cstddef>
#include <memory>

namespace regrow::emulation {

/// Bytes that are allocated now, in the whole process.
std::size_t live_bytes();
/// Of each emulated GPU.
std::size_t memory_capacity();

/// Gives the emulated GPUs `bytes` of memory each for a scope. Elsewhere they have as much as the
/// machine.
class ScopedCapacity {
 public:
  explicit ScopedCapacity(std::size_t bytes);
  ~ScopedCapacity();
  ScopedCapacity(const ScopedCapacity&) = delete;
  ScopedCapacity& operator=(const ScopedCapacity&) = delete;

 private:
  std::size_t saved_;
};

// For the emulated runtime:

struct PoolUse {
  std::size_t reserved = 0;  // taken from the device, and kept when freed
  std::size_t used = 0;
};

/// Host memory that stands for the device's; the last reference to it poisons and frees it.
using Allocation = std::shared_ptr<void>;

/// Null where the device is full. From a pool: what was freed is kept in pieces that are not
/// joined again, until trim_pool().
void* allocate(int device, std::size_t bytes, bool from_pool);
/// The memory at `place`, which is no longer the program's from here on; null where there is none.
Allocation give_up(void* place);
/// Whether all of it lies in one allocation.
bool is_device_memory(const void* place, std::size_t bytes);
/// Whether an allocation from a pool begins there.
bool is_of_pool(const void* place);
PoolUse pool_use(int device);
/// Without what the pool keeps.
std::size_t free_on_device(int device);
/// Gives back what the pool keeps, once no free of it waits.
void trim_pool(int device);

}  // namespace regrow::emulation

#include "common/emulation/device_memory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <set>

#include "common/emulation/sanitizers.h"

namespace regrow::emulation {
namespace {

constexpr std::align_val_t kAlignment{256};  // as cudaMalloc's
constexpr int kPoison = 0xFF;                // NaN, −1
constexpr std::size_t kMostQuarantined = std::size_t{32} << 20;

std::size_t memory_of_machine() {
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
}

struct Reservation {
  std::size_t bytes = 0;
  int device = 0;
  bool from_pool = false;
};

struct Device {
  std::size_t outside_pool = 0;
  PoolUse pool;
  std::multiset<std::size_t> kept;  // sizes of the pool's unused pieces
  std::size_t freeing = 0;          // of them, those whose stream has not come to the free yet

  std::size_t taken() const { return outside_pool + pool.reserved; }
};

struct Freed {
  void* place = nullptr;
  std::size_t bytes = 0;
};

struct Memory {
  std::mutex mutex;
  std::size_t capacity = memory_of_machine();
  std::map<int, Device> devices;
  std::map<const char*, Reservation> blocks;  // by their first byte
  std::deque<Freed> quarantine;
  std::size_t quarantined = 0;
};

Memory& memory() {
  static auto* const once = new Memory;  // for streams of static objects, never destroyed
  return *once;
}

std::size_t free_bytes_of(const Memory& all, const Device& device) {
  return all.capacity - std::min(device.taken(), all.capacity);
}

// What the pool keeps serves first: the smallest piece that is large enough, whose rest stays.
bool take_from_pool(const Memory& all, Device& device, std::size_t bytes) {
  const auto piece = device.kept.lower_bound(bytes);
  if (piece != device.kept.end()) {
    const std::size_t rest = *piece - bytes;
    device.kept.erase(piece);
    if (rest > 0) device.kept.insert(rest);
  } else {
    if (bytes > free_bytes_of(all, device)) return false;
    device.pool.reserved += bytes;
  }
  device.pool.used += bytes;
  return true;
}

void trim(Device& device) {
  device.kept.clear();
  device.pool.reserved = device.pool.used;
}

void poison_and_free(void* place, std::size_t bytes) {
  if (kAddressSanitizer || bytes > kMostQuarantined) {
    ::operator delete(place, kAlignment);
    return;
  }
  std::memset(place, kPoison, bytes);
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  all.quarantine.push_back({place, bytes});
  all.quarantined += bytes;
  while (all.quarantined > kMostQuarantined) {
    ::operator delete(all.quarantine.front().place, kAlignment);
    all.quarantined -= all.quarantine.front().bytes;
    all.quarantine.pop_front();
  }
}

void has_freed(int device) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  --all.devices[device].freeing;
}

void set_capacity(std::size_t bytes) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  all.capacity = bytes;
  for (auto& [number, device] : all.devices) trim(device);
}

}  // namespace

std::size_t live_bytes() {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  std::size_t live = 0;
  for (const auto& [number, device] : all.devices) live += device.outside_pool + device.pool.used;
  return live;
}

std::size_t memory_capacity() {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  return all.capacity;
}

ScopedCapacity::ScopedCapacity(std::size_t bytes) : saved_(memory_capacity()) {
  set_capacity(bytes);
}

ScopedCapacity::~ScopedCapacity() { set_capacity(saved_); }

void* allocate(int device, std::size_t bytes, bool from_pool) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  Device& of = all.devices[device];
  if (bytes > all.capacity) return nullptr;
  void* const place = ::operator new(bytes, kAlignment, std::nothrow);
  if (place == nullptr) return nullptr;
  const bool fits = from_pool ? take_from_pool(all, of, bytes) : bytes <= free_bytes_of(all, of);
  if (!fits) {
    ::operator delete(place, kAlignment);
    return nullptr;
  }
  if (!from_pool) of.outside_pool += bytes;
  all.blocks[static_cast<const char*>(place)] = {bytes, device, from_pool};
  return std::memset(place, kPoison, bytes);
}

Allocation give_up(void* place) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  const auto found = all.blocks.find(static_cast<const char*>(place));
  if (found == all.blocks.end()) return nullptr;
  const Reservation block = found->second;
  all.blocks.erase(found);
  Device& device = all.devices[block.device];
  if (block.from_pool) {
    device.pool.used -= block.bytes;
    device.kept.insert(block.bytes);
    ++device.freeing;
  } else {
    device.outside_pool -= block.bytes;
  }
  return {place, [block](void* freed) {
            if (block.from_pool) has_freed(block.device);
            poison_and_free(freed, block.bytes);
          }};
}

bool is_device_memory(const void* place, std::size_t bytes) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  const auto* const first = static_cast<const char*>(place);
  auto after = all.blocks.upper_bound(first);
  if (after == all.blocks.begin()) return false;
  const auto& [begin, block] = *--after;
  return first + bytes <= begin + block.bytes;
}

bool is_of_pool(const void* place) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  const auto found = all.blocks.find(static_cast<const char*>(place));
  return found != all.blocks.end() && found->second.from_pool;
}

PoolUse pool_use(int device) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  return all.devices[device].pool;
}

std::size_t free_on_device(int device) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  return free_bytes_of(all, all.devices[device]);
}

void trim_pool(int device) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  // Work that waits may still use what it frees at its end.
  if (all.devices[device].freeing == 0) trim(all.devices[device]);
}

}  // namespace regrow::emulation

// The runtime of the emulated GPU: everything happens at once, in ordinary memory.
#include "common/runtime.h"

#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>

#include "common/device_info.h"
#include "common/emulation/device_memory.h"
#include "common/error.h"
#include "regrow/error.h"

namespace regrow::emulation {
namespace {

constexpr std::align_val_t kAlignment{256};  // as cudaMalloc's

std::size_t memory_of_machine() {
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
}

struct Memory {
  std::mutex mutex;
  std::size_t capacity = memory_of_machine();
  std::size_t live = 0;
  std::unordered_map<void*, std::size_t> sizes;
};

Memory& memory() {
  static Memory once;
  return once;
}

}  // namespace

std::size_t live_bytes() {
  const std::lock_guard lock(memory().mutex);
  return memory().live;
}

std::size_t memory_capacity() {
  const std::lock_guard lock(memory().mutex);
  return memory().capacity;
}

ScopedCapacity::ScopedCapacity(std::size_t bytes) : saved_(memory_capacity()) {
  const std::lock_guard lock(memory().mutex);
  memory().capacity = bytes;
}

ScopedCapacity::~ScopedCapacity() {
  const std::lock_guard lock(memory().mutex);
  memory().capacity = saved_;
}

}  // namespace regrow::emulation

namespace regrow::cuda {

using emulation::kAlignment;
using emulation::memory;

Stream::Stream() = default;
Stream::~Stream() = default;
void Stream::synchronize() const {}

void* allocate_bytes(std::size_t bytes, const char* what, const Stream& /*stream*/) {
  const std::lock_guard lock(memory().mutex);
  const std::size_t free =
      memory().live < memory().capacity ? memory().capacity - memory().live : 0;
  void* const place = bytes <= free ? ::operator new(bytes, kAlignment, std::nothrow) : nullptr;
  if (place == nullptr) {
    throw Error(out_of_memory_message(bytes, what, free, memory().capacity));
  }
  memory().live += bytes;
  memory().sizes[place] = bytes;
  return std::memset(place, 0xFF, bytes);
}

void free_bytes(void* bytes, const Stream& /*stream*/) noexcept {
  if (bytes == nullptr) return;
  const std::lock_guard lock(memory().mutex);
  const auto size = memory().sizes.find(bytes);
  memory().live -= size->second;
  memory().sizes.erase(size);
  ::operator delete(bytes, kAlignment);
}

void copy_bytes_to_device(void* to, const void* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}
void copy_bytes_to_host(void* to, const void* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}
void copy_bytes_on_device(void* to, const void* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}
void zero_bytes(void* to, std::size_t bytes, const Stream&) { std::memset(to, 0, bytes); }

struct Event::State {
  std::chrono::steady_clock::time_point time;
};

Event::Event() : state_(std::make_unique<State>()) {}
Event::~Event() = default;
void Event::record(const Stream&) { state_->time = std::chrono::steady_clock::now(); }
void Event::synchronize() const {}
double Event::milliseconds_since(const Event& start) const {
  return std::chrono::duration<double, std::milli>(state_->time - start.state_->time).count();
}

}  // namespace regrow::cuda

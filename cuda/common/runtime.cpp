// CUDA's runtime, with errors in words.
#include "common/runtime.h"

#include <fmt/format.h>

#include <cstdint>

#include "common/cuda_api.h"
#include "common/error.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow::cuda {
namespace {

cudaStream_t handle(const Stream& stream) { return static_cast<cudaStream_t>(stream.get()); }

// The pool of the current device, or null where it has none. What is freed stays in the pool: the
// arrays of the next evolution are much like those of the last.
cudaMemPool_t memory_pool() {
  int device = 0, supported = 0;
  check(cudaGetDevice(&device), "asking for the current GPU");
  check(cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, device),
        "asking for memory pools");
  if (supported == 0) return nullptr;
  cudaMemPool_t pool = nullptr;
  check(cudaDeviceGetDefaultMemPool(&pool, device), "the use of a memory pool");
  std::uint64_t threshold = UINT64_MAX;
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &threshold),
        "keeping memory in a pool");
  return pool;
}

}  // namespace

Stream::Stream() : pool_(memory_pool()) {
  cudaStream_t created = nullptr;
  check(cudaStreamCreateWithFlags(&created, cudaStreamNonBlocking), "making a stream");
  handle_ = created;
}

Stream::~Stream() { cudaStreamDestroy(handle(*this)); }

void Stream::synchronize() const {
  check(cudaStreamSynchronize(handle(*this)), "waiting for its work");
}

void* allocate_bytes(std::size_t bytes, const char* what, const Stream& stream) {
  void* place = nullptr;
  const auto allocate = [&] {
    return stream.pool() == nullptr ? cudaMalloc(&place, bytes)
                                    : cudaMallocAsync(&place, bytes, handle(stream));
  };
  cudaError_t status = allocate();
  if (status == cudaErrorMemoryAllocation && stream.pool() != nullptr) {
    // What the pool keeps may be there in pieces that are too small.
    cudaGetLastError();
    check(cudaStreamSynchronize(handle(stream)), "making room");
    check(cudaMemPoolTrimTo(static_cast<cudaMemPool_t>(stream.pool()), 0), "making room");
    status = allocate();
  }
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    std::size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "asking for free memory");
    throw Error(out_of_memory_message(bytes, what, free, total));
  }
  check(status, fmt::format("allocating {} for {}", memory_text(bytes), what));
  return place;
}

void free_bytes(void* bytes, const Stream& stream) noexcept {
  if (bytes == nullptr) return;
  const cudaError_t status =
      stream.pool() == nullptr ? cudaFree(bytes) : cudaFreeAsync(bytes, handle(stream));
  // A lost device frees nothing, and its loss is reported by whoever asks it for something.
  if (status != cudaSuccess) cudaGetLastError();
}

void copy_bytes_to_device(void* to, const void* from, std::size_t bytes, const Stream& stream) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, handle(stream)),
        fmt::format("copying {} to it", memory_text(bytes)));
  // Whether CUDA is done with pageable memory when the call returns depends on the system.
  stream.synchronize();
}

void copy_bytes_to_host(void* to, const void* from, std::size_t bytes, const Stream& stream) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, handle(stream)),
        fmt::format("copying {} from it", memory_text(bytes)));
  stream.synchronize();
}

void copy_bytes_on_device(void* to, const void* from, std::size_t bytes, const Stream& stream) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, handle(stream)),
        fmt::format("copying {}", memory_text(bytes)));
}

void zero_bytes(void* to, std::size_t bytes, const Stream& stream) {
  check(cudaMemsetAsync(to, 0, bytes, handle(stream)),
        fmt::format("clearing {}", memory_text(bytes)));
}

struct Event::State {
  cudaEvent_t event = nullptr;
};

Event::Event() : state_(std::make_unique<State>()) {
  check(cudaEventCreate(&state_->event), "making an event");
}
Event::~Event() { cudaEventDestroy(state_->event); }
void Event::record(const Stream& stream) {
  check(cudaEventRecord(state_->event, handle(stream)), "recording an event");
}
void Event::synchronize() const {
  check(cudaEventSynchronize(state_->event), "waiting for an event");
}
double Event::milliseconds_since(const Event& start) const {
  synchronize();
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, start.state_->event, state_->event),
        "timing by events");
  return milliseconds;
}

}  // namespace regrow::cuda

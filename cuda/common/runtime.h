// The few calls of the CUDA runtime that the host code uses: streams, stream-ordered memory,
// copies, events. Plain C++: no kernel language here.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/device_info.h"
#include "regrow/error.h"

namespace regrow::cuda {

/// A stream of its own, on the calling thread's GPU; everything of one back end runs on one.
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void* get() const { return handle_; }  // cudaStream_t
  void* pool() const { return pool_; }   // cudaMemPool_t, or null where the GPU has none
  /// Waits for all work; throws Error naming what failed.
  void synchronize() const;

 private:
  void* pool_ = nullptr;
  void* handle_ = nullptr;
};

/// A point in a stream's work, to take times by.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const Stream& stream);
  void synchronize() const;
  /// Waits for this event; both have been recorded.
  double milliseconds_since(const Event& start) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Bytes on the device, ordered on `stream`, uninitialised (the emulation fills them with 0xFF).
/// `what` names them in the error of a full device.
void* allocate_bytes(std::size_t bytes, const char* what, const Stream& stream);
void free_bytes(void* bytes, const Stream& stream) noexcept;
void copy_bytes_to_device(void* to, const void* from, std::size_t bytes, const Stream& stream);
/// Waits for the copy.
void copy_bytes_to_host(void* to, const void* from, std::size_t bytes, const Stream& stream);
void copy_bytes_on_device(void* to, const void* from, std::size_t bytes, const Stream& stream);
void zero_bytes(void* to, std::size_t bytes, const Stream& stream);

/// An array on the device. Freed on the stream it was made on, which must outlive it.
template <typename T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(std::size_t size, const char* what, const Stream& stream)
      : stream_(&stream),
        data_(
            static_cast<T*>(size == 0 ? nullptr : allocate_bytes(size * sizeof(T), what, stream))),
        size_(size) {}
  /// A copy of `values`.
  DeviceArray(std::span<const T> values, const char* what, const Stream& stream)
      : DeviceArray(values.size(), what, stream) {
    upload(values);
  }
  ~DeviceArray() {
    if (data_ != nullptr) free_bytes(data_, *stream_);
  }
  DeviceArray(DeviceArray&& other) noexcept { swap(other); }
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    swap(other);
    return *this;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }

  /// The first values.size() elements; the source may be changed once the call returns.
  void upload(std::span<const T> values) {
    REGROW_CHECK(values.size() <= size_, "an upload of more than the array holds");
    if (!values.empty()) copy_bytes_to_device(data_, values.data(), values.size_bytes(), *stream_);
  }
  /// The first `count` elements; waits for the stream.
  std::vector<T> download(std::size_t count) const {
    REGROW_CHECK(count <= size_, "a download of more than the array holds");
    std::vector<T> values(count);
    if (count > 0) copy_bytes_to_host(values.data(), data_, count * sizeof(T), *stream_);
    return values;
  }
  std::vector<T> download() const { return download(size_); }
  void zero() {
    if (size_ > 0) zero_bytes(data_, size_ * sizeof(T), *stream_);
  }

 private:
  void swap(DeviceArray& other) noexcept {
    std::swap(stream_, other.stream_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  const Stream* stream_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace regrow::cuda

// A fixed-size array of numbers for the SIMD kernels: aligned to a cache line, zeroed, and on huge
// pages where the system gives them (rows of activations are read at random).
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace regrow::cpu {

template <typename T>
class AlignedArray {
 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t size) : size_(size) {
    const std::size_t alignment = alignment_of(size), bytes = bytes_of(size);
    if (bytes == 0) return;
    data_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
    if (!data_) throw std::bad_alloc();
    if (alignment == kHugePage) madvise(data_.get(), bytes, MADV_HUGEPAGE);
    std::memset(data_.get(), 0, bytes);
  }

  /// What an array of `size` takes.
  static std::size_t bytes_of(std::size_t size) {
    const std::size_t alignment = alignment_of(size);
    return (size * sizeof(T) + alignment - 1) / alignment * alignment;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

 private:
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kHugeFrom = std::size_t{256} << 10;

  static std::size_t alignment_of(std::size_t size) {
    return size * sizeof(T) >= kHugeFrom ? kHugePage : kCacheLine;
  }

  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };

  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace regrow::cpu

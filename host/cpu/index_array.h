// Row or column numbers of a layer's connections, in as few bytes as they fit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/aligned_array.h"
#include "cpu/kernels.h"

namespace regrow::cpu {

class IndexArray {
 public:
  IndexArray() = default;
  /// `size` numbers below `limit`, all of them 0.
  IndexArray(std::size_t size, std::uint64_t limit) {
    if (limit <= kNarrowLimit) {
      narrow_ = AlignedArray<std::uint16_t>(size);
    } else {
      wide_ = AlignedArray<std::uint32_t>(size);
    }
  }

  /// What an array of those takes.
  static std::size_t bytes_of(std::size_t size, std::uint64_t limit) {
    return limit <= kNarrowLimit ? AlignedArray<std::uint16_t>::bytes_of(size)
                                 : AlignedArray<std::uint32_t>::bytes_of(size);
  }

  void set(std::size_t i, std::uint32_t index) {
    if (wide_.size() > 0) {
      wide_[i] = index;
    } else {
      narrow_[i] = static_cast<std::uint16_t>(index);
    }
  }
  std::uint32_t operator[](std::size_t i) const { return wide_.size() > 0 ? wide_[i] : narrow_[i]; }
  Indices view() const { return {narrow_.data(), wide_.data()}; }

 private:
  static constexpr std::uint64_t kNarrowLimit = std::uint64_t{1} << 16;

  AlignedArray<std::uint16_t> narrow_;  // one of the two is empty
  AlignedArray<std::uint32_t> wide_;
};

}  // namespace regrow::cpu

// A std::vector for millions of numbers that several threads fill: new elements are not
// initialised, so that each page is first touched by who fills it, and huge pages where the system
// gives them make that, and reads at random, cheap.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace regrow {

template <typename T>
class LargeAllocator {
 public:
  static_assert(std::is_trivially_default_constructible_v<T>);
  using value_type = T;

  LargeAllocator() = default;
  template <typename U>
  explicit LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(std::size_t count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kHugeFrom) return static_cast<T*>(::operator new(bytes));
    void* const pointer = ::operator new(bytes, kHugePage);
    madvise(pointer, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(pointer);
  }
  void deallocate(T* pointer, std::size_t count) {
    if (count * sizeof(T) < kHugeFrom) {
      ::operator delete(pointer);
    } else {
      ::operator delete(pointer, kHugePage);
    }
  }

  template <typename U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* at, Arguments&&... arguments) {
    ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
  }

  bool operator==(const LargeAllocator&) const = default;

 private:
  static constexpr std::align_val_t kHugePage{std::size_t{2} << 20};
  // What a last page is not full of is little beside the whole.
  static constexpr std::size_t kHugeFrom = std::size_t{16} << 20;
};

template <typename T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace regrow

// A std::vector for millions of numbers that several threads fill: new elements are not
// initialised, so that each page is first touched by who fills it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace regrow {

template <typename T>
class LargeAllocator : public std::allocator<T> {
 public:
  static_assert(std::is_trivially_default_constructible_v<T>);
  template <typename U>
  struct rebind {  // NOLINT(readability-identifier-naming): the name that std asks for
    using other = LargeAllocator<U>;
  };

  LargeAllocator() = default;
  template <typename U>
  explicit LargeAllocator(const LargeAllocator<U>&) {}

  template <typename U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* at, Arguments&&... arguments) {
    ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
  }
};

template <typename T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace regrow

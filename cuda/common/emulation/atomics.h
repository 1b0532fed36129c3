// Atomic operations on memory of the device and the block: each returns the old value.
#pragma once

#include <atomic>
#include <type_traits>

// A GPU's atomics order nothing else (they are relaxed), and neither do these, so that TSan sees
// what relies on more than a fence or a barrier gives. No floats: a sum would depend on the order.
// NOLINTBEGIN(readability-identifier-naming): CUDA's names
#define REGROW_ATOMIC(name, operation)                                             \
  template <typename T>                                                            \
  T name(T* place, std::type_identity_t<T> value) {                                \
    static_assert(std::is_integral_v<T>);                                          \
    return std::atomic_ref<T>(*place).operation(value, std::memory_order_relaxed); \
  }

REGROW_ATOMIC(atomicAdd, fetch_add)
REGROW_ATOMIC(atomicSub, fetch_sub)
REGROW_ATOMIC(atomicOr, fetch_or)
REGROW_ATOMIC(atomicAnd, fetch_and)
REGROW_ATOMIC(atomicXor, fetch_xor)
REGROW_ATOMIC(atomicExch, exchange)

#undef REGROW_ATOMIC

template <typename T>
T atomicCAS(T* place, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  std::atomic_ref<T>(*place).compare_exchange_strong(expected, value, std::memory_order_relaxed);
  return expected;
}
template <typename T>
T atomicMax(T* place, std::type_identity_t<T> value) {
  const std::atomic_ref<T> memory(*place);
  T old = memory.load(std::memory_order_relaxed);
  while (old < value && !memory.compare_exchange_weak(old, value, std::memory_order_relaxed)) {
  }
  return old;
}
template <typename T>
T atomicMin(T* place, std::type_identity_t<T> value) {
  const std::atomic_ref<T> memory(*place);
  T old = memory.load(std::memory_order_relaxed);
  while (value < old && !memory.compare_exchange_weak(old, value, std::memory_order_relaxed)) {
  }
  return old;
}
// NOLINTEND(readability-identifier-naming)

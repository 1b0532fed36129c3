// Barriers, warp collectives and fences, as CUDA's threads call them.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "common/emulation/block.h"
#include "regrow/error.h"

namespace regrow::emulation {

template <typename T>
std::uint64_t to_bits(T value) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <typename T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

template <typename T>
T shuffle(WarpOperation operation, unsigned mask, T value, unsigned argument, int width) {
  return from_bits<T>(current_block->collective(
      {operation, mask, argument, static_cast<unsigned>(width), to_bits(value)}));
}

inline unsigned vote(WarpOperation operation, unsigned mask, bool predicate) {
  return static_cast<unsigned>(
      current_block->collective({operation, mask, 0, 32, predicate ? 1U : 0U}));
}

}  // namespace regrow::emulation

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's names
inline void __syncthreads() { regrow::emulation::current_block->barrier(false); }
inline int __syncthreads_count(int predicate) {
  return regrow::emulation::current_block->barrier(predicate != 0);
}
inline int __syncthreads_or(int predicate) { return __syncthreads_count(predicate) != 0 ? 1 : 0; }
inline int __syncthreads_and(int predicate) {
  return __syncthreads_count(predicate == 0 ? 1 : 0) == 0 ? 1 : 0;
}
inline void __syncwarp(unsigned mask = ~0U) {
  regrow::emulation::current_block->collective({regrow::emulation::WarpOperation::kSync, mask});
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  return regrow::emulation::shuffle(regrow::emulation::WarpOperation::kShuffle, mask, value,
                                    static_cast<unsigned>(source), width);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32) {
  return regrow::emulation::shuffle(regrow::emulation::WarpOperation::kShuffleUp, mask, value,
                                    distance, width);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32) {
  return regrow::emulation::shuffle(regrow::emulation::WarpOperation::kShuffleDown, mask, value,
                                    distance, width);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32) {
  return regrow::emulation::shuffle(regrow::emulation::WarpOperation::kShuffleXor, mask, value,
                                    static_cast<unsigned>(lanes), width);
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return regrow::emulation::vote(regrow::emulation::WarpOperation::kBallot, mask, predicate != 0);
}
inline int __any_sync(unsigned mask, int predicate) {
  return static_cast<int>(
      regrow::emulation::vote(regrow::emulation::WarpOperation::kAny, mask, predicate != 0));
}
inline int __all_sync(unsigned mask, int predicate) {
  return static_cast<int>(
      regrow::emulation::vote(regrow::emulation::WarpOperation::kAll, mask, predicate != 0));
}
template <typename T>
unsigned __match_any_sync(unsigned mask, T value) {
  return static_cast<unsigned>(regrow::emulation::current_block->collective(
      {regrow::emulation::WarpOperation::kMatchAny, mask, 0, 32,
       regrow::emulation::to_bits(value)}));
}
inline unsigned __activemask() { return regrow::emulation::current_block->active_lanes(); }

inline void __threadfence_block() { std::atomic_signal_fence(std::memory_order_seq_cst); }
inline void __threadfence() { std::atomic_thread_fence(std::memory_order_seq_cst); }
[[noreturn]] inline void __trap() { throw regrow::emulation::KernelFault("__trap()"); }
// NOLINTEND(bugprone-reserved-identifier)

// A barrier for phases of some hundred microseconds: it spins a while before it sleeps, because
// waking a sleeper costs a good part of a phase. std::barrier gives up spinning much sooner.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "cpu/processors.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace regrow::cpu {

/// Atomic: std::atomic, or that of a test which decides the order of operations.
template <template <typename> typename Atomic>
class BasicSpinBarrier {
 public:
  /// `threads` meet at it; with more threads than processors spinning would only be in the way.
  explicit BasicSpinBarrier(std::uint32_t threads)
      : BasicSpinBarrier(threads, threads <= available_processors() ? kSpins : 0) {}
  BasicSpinBarrier(std::uint32_t threads, std::uint32_t spins) : threads_(threads), spins_(spins) {}

  void arrive_and_wait() {
    const std::uint32_t generation = generation_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1, std::memory_order_release);
      generation_.notify_all();
      return;
    }
    for (std::uint32_t spin = 0; spin < spins_; ++spin) {
      if (generation_.load(std::memory_order_acquire) != generation) return;
      relax();
    }
    generation_.wait(generation, std::memory_order_acquire);
  }

 private:
  static constexpr std::uint32_t kSpins = 4000;  // some tens of microseconds

  static void relax() {
#if defined(__SSE2__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
  }

  std::uint32_t threads_;
  std::uint32_t spins_;
  alignas(64) Atomic<std::uint32_t> arrived_{0};
  alignas(64) Atomic<std::uint32_t> generation_{0};
};

using SpinBarrier = BasicSpinBarrier<std::atomic>;

}  // namespace regrow::cpu

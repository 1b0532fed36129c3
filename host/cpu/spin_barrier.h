// A barrier for phases of some hundred microseconds: it spins a while before it sleeps, because
// waking a sleeper costs a good part of a phase. std::barrier gives up spinning much sooner. Where
// spinning is in vain, as on a machine that others keep busy, it spins less from then on, until the
// sleeps are short again.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "cpu/processors.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace regrow::cpu {

/// Atomic, Clock: those of std, or of a test which decides the order of operations and their time.
template <template <typename> typename Atomic, typename Clock = std::chrono::steady_clock>
class BasicSpinBarrier {
 public:
  /// `threads` meet at it; with more threads than processors spinning would only be in the way.
  explicit BasicSpinBarrier(std::uint32_t threads)
      : BasicSpinBarrier(threads, threads <= available_processors() ? kSpins : 0, kFewestSpins) {}
  /// At most `spins` before a thread sleeps; fewer, down to `fewest`, where they were in vain.
  BasicSpinBarrier(std::uint32_t threads, std::uint32_t spins, std::uint32_t fewest)
      : threads_(threads),
        most_spins_(spins),
        fewest_spins_(std::min(fewest, spins)),
        spins_(spins) {}
  BasicSpinBarrier(std::uint32_t threads, std::uint32_t spins)
      : BasicSpinBarrier(threads, spins, spins) {}

  /// Calls meanwhile() on one thread once all have arrived, before any goes on.
  template <typename Meanwhile>
  void arrive_and_wait(const Meanwhile& meanwhile) {
    const std::uint32_t generation = generation_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      meanwhile();
      arrived_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1, std::memory_order_release);
      generation_.notify_all();
      return;
    }
    const std::uint32_t spins = spins_.load(std::memory_order_relaxed);
    for (std::uint32_t spin = 0; spin < spins; ++spin) {
      if (generation_.load(std::memory_order_acquire) != generation) {
        set_spins(std::min(2 * spins, most_spins_));
        return;
      }
      relax();
    }
    // Whom it waits for may wait for this processor, as on a machine with other work: then it
    // sleeps long. A short sleep says that spinning would have served; without that, spins that a
    // moment of other work has made few would stay so.
    const auto asleep = Clock::now();
    generation_.wait(generation, std::memory_order_acquire);
    const bool was_short = Clock::now() - asleep < kShortSleep;
    set_spins(was_short ? std::min(2 * spins, most_spins_) : std::max(spins / 2, fewest_spins_));
  }
  void arrive_and_wait() {
    arrive_and_wait([] {});
  }

  /// How many meet from now on; none of them may be on its way to it.
  void set_threads(std::uint32_t threads) { threads_ = threads; }

 private:
  static constexpr std::uint32_t kSpins = 4000;  // some tens of microseconds

  static constexpr std::uint32_t kFewestSpins = 64;
  // What a phase of a small network takes, and less than a processor is given to other work for.
  static constexpr std::chrono::microseconds kShortSleep{200};

  // Any thread's experience will do: the number changes no result.
  void set_spins(std::uint32_t spins) {
    if (spins != spins_.load(std::memory_order_relaxed)) {
      spins_.store(spins, std::memory_order_relaxed);
    }
  }

  static void relax() {
#if defined(__SSE2__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
  }

  std::uint32_t threads_;
  std::uint32_t most_spins_;
  std::uint32_t fewest_spins_;
  std::atomic<std::uint32_t> spins_;
  alignas(64) Atomic<std::uint32_t> arrived_{0};
  alignas(64) Atomic<std::uint32_t> generation_{0};
};

using SpinBarrier = BasicSpinBarrier<std::atomic>;

}  // namespace regrow::cpu

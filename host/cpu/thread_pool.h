// A small pool of std::thread with a barrier: one parallel region runs many steps, and its phases
// meet at the barrier. (g++'s OpenMP would give ThreadSanitizer false alarms.)
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "cpu/spin_barrier.h"
#include "system/workers.h"

namespace regrow::cpu {

class ThreadPool;

/// A thread among those that run a region together.
class Member {
 public:
  static constexpr unsigned kLoops = 2;

  /// One that is alone.
  Member() = default;
  Member(ThreadPool& pool, unsigned thread, unsigned threads)
      : pool_(&pool), thread_(thread), threads_(threads) {}

  unsigned thread() const { return thread_; }
  unsigned threads() const { return threads_; }
  /// What is this thread's where `count` items are cut evenly.
  Range part(std::size_t count) const { return even_part(count, thread_, threads_); }
  /// All threads of the region wait for each other.
  void barrier();
  /// Called by every thread of the region: calls body(range) of ranges that together are [0,
  /// count), on whichever thread has time, its own part first. So a thread that the machine
  /// disturbs holds up the others by no more than one range. At most kLoops times between two
  /// barriers.
  template <typename Body>
  void share(std::size_t count, const Body& body);
  /// Into how many ranges share() cuts what has as many items or more.
  static unsigned ranges(unsigned threads) { return threads > 1 ? threads * kRanges : 1; }

 private:
  // Of every thread's part: a sixteenth takes some ten microseconds where it is worth while to have
  // more than one thread.
  static constexpr unsigned kRanges = 16;

  ThreadPool* pool_ = nullptr;
  unsigned thread_ = 0;
  unsigned threads_ = 1;
  unsigned loops_ = 0;  // share()d since the last barrier
};

class ThreadPool : public Workers {
 public:
  /// 0 threads: as many as the process may run on. The caller is thread 0 of every region.
  /// Throws Error where the system gives fewer.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool() override;

  unsigned size() const override { return size_; }

  /// Runs body(thread) on every thread and returns when all are done. Denormals are flushed to
  /// zero inside. A body that calls barrier() must not throw; otherwise the first exception is
  /// rethrown here.
  void run(const std::function<void(unsigned thread)>& body) override;
  /// Likewise on the first `threads` of them, for work that they share out; the others sleep on.
  void run(unsigned threads, const std::function<void(Member& member)>& body);

  /// All threads of the running region wait for each other.
  void barrier() {
    barrier_.arrive_and_wait([this] { forget_begun(); });
  }

 private:
  friend class Member;
  // How many of the parts of every thread have been begun.
  struct alignas(64) Begun {
    std::atomic<std::size_t> counts[Member::kLoops] = {};
  };

  void forget_begun();
  void run_on(unsigned threads, const std::function<void(unsigned thread)>& body);
  void work(unsigned thread);
  void call(unsigned thread);
  void stop();

  unsigned size_;
  SpinBarrier barrier_;
  std::vector<Begun> begun_;  // [size], see Member::share()
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(unsigned)>* body_ = nullptr;
  std::uint64_t generation_ = 0;
  unsigned taking_part_ = 0;
  unsigned running_ = 0;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

inline void Member::barrier() {
  if (threads_ == 1) return;
  pool_->barrier();
  loops_ = 0;
}

template <typename Body>
void Member::share(std::size_t count, const Body& body) {
  if (threads_ == 1) return body(Range{0, count});
  const unsigned loop = loops_++;
  for (unsigned i = 0; i < threads_; ++i) {
    const unsigned owner = (thread_ + i) % threads_;
    const Range part = even_part(count, owner, threads_);
    const std::size_t items = part.last - part.first,
                      ranges = std::min<std::size_t>(items, kRanges);
    std::atomic<std::size_t>& begun = pool_->begun_[owner].counts[loop];
    while (begun.load(std::memory_order_relaxed) < ranges) {
      const std::size_t range = begun.fetch_add(1, std::memory_order_relaxed);
      if (range >= ranges) break;
      body(Range{part.first + items * range / ranges, part.first + items * (range + 1) / ranges});
    }
  }
}

}  // namespace regrow::cpu

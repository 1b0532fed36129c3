// The barrier in many orders of its operations, each drawn and kept to: what a run of a million
// barriers meets once, if ever, is met here for certain.
#include "cpu/spin_barrier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "cpu/phases.h"

namespace regrow::cpu {
// Not anonymous: in a unit, which includes this file, g++ warns where a header's template holds a
// type of an anonymous namespace (-Wsubobject-linkage).
namespace spin_barrier_test {

using Condition = std::function<bool()>;

/// Lets threads run one at a time and decides, before each operation of an atomic, whose turn it
/// is. The same seed gives the same order.
class Schedule {
 public:
  Schedule(unsigned threads, std::uint32_t seed)
      : ready_(threads), done_(threads), random_(seed), turn_(seed % threads) {}

  /// Runs body(thread) on all threads. False where none of those left could go on.
  bool run(const std::function<void(unsigned)>& body) {
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < done_.size(); ++thread) {
      threads.emplace_back([&, thread] {
        current = {this, thread};
        std::unique_lock lock(mutex_);
        wait_for_turn(lock, thread);
        lock.unlock();
        body(thread);
        lock.lock();
        done_[thread] = true;
        choose();
      });
    }
    for (std::thread& thread : threads) thread.join();
    return !stuck_;
  }

  /// Called by a thread of the schedule before an operation, which is not to happen before `ready`
  /// is true. At once where nobody can go on.
  static void pass_turn(Condition ready = {}) {
    auto& [schedule, thread] = current;
    std::unique_lock lock(schedule->mutex_);
    schedule->ready_[thread] = std::move(ready);
    schedule->choose();
    schedule->wait_for_turn(lock, thread);
    schedule->ready_[thread] = {};
  }
  static bool is_stuck() { return current.first->stuck_; }

 private:
  void wait_for_turn(std::unique_lock<std::mutex>& lock, unsigned thread) {
    changed_.wait(lock, [&] { return turn_ == thread || stuck_; });
  }

  void choose() {
    std::vector<unsigned> can_run;
    bool any_left = false;
    for (unsigned thread = 0; thread < done_.size(); ++thread) {
      if (done_[thread]) continue;
      any_left = true;
      if (!ready_[thread] || ready_[thread]()) can_run.push_back(thread);
    }
    stuck_ = stuck_ || (any_left && can_run.empty());
    if (!can_run.empty()) turn_ = can_run[random_() % can_run.size()];
    changed_.notify_all();
  }

  static inline thread_local std::pair<Schedule*, unsigned> current = {};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Condition> ready_;  // of each thread's next operation; none: always
  std::vector<bool> done_;
  std::mt19937 random_;
  unsigned turn_;
  bool stuck_ = false;
};

template <typename T>
class ScheduledAtomic {
 public:
  ScheduledAtomic(T value) : value_(value) {}

  T load(std::memory_order) const {
    Schedule::pass_turn();
    return value_;
  }
  void store(T value, std::memory_order) {
    Schedule::pass_turn();
    value_ = value;
  }
  T fetch_add(T value, std::memory_order) {
    Schedule::pass_turn();
    return std::exchange(value_, value_ + value);
  }
  /// As of std::atomic: it may sleep through a change that nobody told it of.
  void wait(T old, std::memory_order) {
    Schedule::pass_turn();
    while (value_ == old && !Schedule::is_stuck()) {
      const std::uint32_t before = notified_;
      Schedule::pass_turn([&, before] { return notified_ != before; });
    }
  }
  void notify_all() {
    Schedule::pass_turn();
    ++notified_;
  }

 private:
  T value_;
  std::uint32_t notified_ = 0;
};

TEST(SpinBarrier, KeepsItsThreadsTogetherInAnyOrderOfOperations) {
  for (const unsigned threads : {2U, 3U}) {
    for (const std::uint32_t spins : {0U, 2U}) {
      for (std::uint32_t seed = 0; seed < 100; ++seed) {
        BasicSpinBarrier<ScheduledAtomic> barrier(threads, spins);
        Phases phases(threads);
        Schedule schedule(threads, seed);
        const bool ended = schedule.run([&](unsigned thread) {
          phases.go_through(2, thread, [&] { barrier.arrive_and_wait(); });
        });
        ASSERT_TRUE(ended) << "a thread is lost: " << threads << " threads, order " << seed;
        ASSERT_EQ(phases.out_of_step(), 0U) << threads << " threads, order " << seed;
      }
    }
  }
}

// A time that stands still but while somebody sleeps.
struct SleepersClock {
  using time_point = std::chrono::steady_clock::time_point;
  static inline time_point time = {};
  static time_point now() { return time; }
};

// Never sleeps, but says that it did, and counts how often it is looked at.
template <typename T>
class CountedAtomic {
 public:
  static inline std::uint32_t looks = 0;
  static inline std::uint32_t opened_at = 0;  // the look before which another thread came; 0: none
  static inline std::chrono::microseconds sleep{};

  CountedAtomic(T value) : value_(value) {}
  T load(std::memory_order) {
    if (++looks == opened_at) ++value_;
    return value_;
  }
  void store(T value, std::memory_order) { value_ = value; }
  T fetch_add(T more, std::memory_order) { return std::exchange(value_, value_ + more); }
  void wait(T, std::memory_order) const { SleepersClock::time += sleep; }
  void notify_all() const {}

 private:
  T value_;
};

TEST(SpinBarrier, SpinsLessWhereItIsInVainAndMoreWhereItIsNot) {
  using Counted = CountedAtomic<std::uint32_t>;
  BasicSpinBarrier<CountedAtomic, SleepersClock> barrier(2, 1000, 10);
  const auto spins = [&](std::uint32_t opened_at = 0) {
    Counted::looks = 0;
    Counted::opened_at = opened_at;
    barrier.arrive_and_wait();
    const std::uint32_t looks = Counted::looks - 1;  // the first is before it arrives
    Counted::opened_at = 0;
    barrier.arrive_and_wait();  // opens it
    return looks;
  };
  Counted::sleep = std::chrono::milliseconds(4);
  for (const std::uint32_t expected : {1000U, 500U, 250U, 125U, 62U, 31U, 15U, 10U, 10U}) {
    EXPECT_EQ(spins(), expected);
  }
  EXPECT_EQ(spins(5), 4U);
  EXPECT_EQ(spins(5), 4U);
  EXPECT_EQ(spins(), 40U) << "twice as many each time";
  Counted::sleep = std::chrono::microseconds(20);
  for (const std::uint32_t expected : {20U, 40U, 80U, 160U, 320U, 640U, 1000U, 1000U}) {
    EXPECT_EQ(spins(), expected) << "it sleeps too short to be worth it";
  }
}

}  // namespace spin_barrier_test
}  // namespace regrow::cpu

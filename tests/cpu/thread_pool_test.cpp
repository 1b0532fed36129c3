// The pool and its barrier: that no thread is lost or let through early, however often they meet,
// whoever throws, and however many pools there are. ThreadSanitizer sees here whether what one
// thread wrote before a barrier is another's to read after it: nothing below is atomic that need
// not be.
#include "cpu/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cpu/processors.h"

namespace regrow::cpu {

// Not in the anonymous namespace, of which a template of a header may hold nothing.
namespace thread_pool_test {

/// Dwells after every operation, so that whatever another thread can do between two of them, it
/// does: what a million barriers would meet once is met at once. A wait gives up where nothing has
/// moved for very long, so that a barrier that lost a thread is a failure and no hang.
template <typename T>
class DwellingAtomic {
 public:
  DwellingAtomic(T value) : value_(value) {}

  T load(std::memory_order order) const { return value_.load(order); }
  void store(T value, std::memory_order order) {
    value_.store(value, order);
    dwell();
  }
  T fetch_add(T value, std::memory_order order) {
    const T before = value_.fetch_add(value, order);
    dwell();
    return before;
  }
  void wait(T old, std::memory_order order) const {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (value_.load(order) == old && !lost_a_thread) {
      std::this_thread::yield();
      if (std::chrono::steady_clock::now() > patience) lost_a_thread = true;
    }
  }
  void notify_all() {}

  static inline std::atomic<bool> lost_a_thread = false;

 private:
  // Some tens of microseconds: where the processors are fewer than the threads, most switches
  // between them fall into it.
  static void dwell() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(20);
    while (std::chrono::steady_clock::now() < end) {
    }
  }

  std::atomic<T> value_;
};

}  // namespace thread_pool_test

namespace {

using thread_pool_test::DwellingAtomic;

/// Every thread counts its phases and looks, between two barriers, at its neighbour's count: how
/// often the two differed.
class Phases {
 public:
  explicit Phases(unsigned threads) : counts_(threads) {}

  template <typename Barrier>
  void go_through(std::uint32_t phases, unsigned thread, const Barrier& barrier) {
    Count& own = counts_[thread];
    const Count& next = counts_[(thread + 1) % counts_.size()];
    for (std::uint32_t phase = 1; phase <= phases; ++phase) {
      own.phases = phase;
      barrier();
      own.out_of_step += next.phases == phase ? 0U : 1U;
      barrier();
    }
  }
  std::uint32_t out_of_step() const {
    std::uint32_t all = 0;
    for (const Count& count : counts_) all += count.out_of_step;
    return all;
  }

 private:
  struct alignas(64) Count {
    std::uint32_t phases = 0;
    std::uint32_t out_of_step = 0;
  };
  std::vector<Count> counts_;
};

std::uint32_t phases_out_of_step(unsigned threads, std::uint32_t phases) {
  ThreadPool pool(threads);
  Phases all(threads);
  pool.run([&](unsigned thread) { all.go_through(phases, thread, [&] { pool.barrier(); }); });
  return all.out_of_step();
}

TEST(SpinBarrier, LosesNobodyHoweverLongAThreadDwellsBetweenTwoOperations) {
  for (const unsigned threads : {2U, 3U}) {
    BasicSpinBarrier<DwellingAtomic> barrier(threads);
    Phases all(threads);
    std::vector<std::thread> others;
    const auto body = [&](unsigned thread) {
      all.go_through(150, thread, [&] { barrier.arrive_and_wait(); });
    };
    for (unsigned thread = 1; thread < threads; ++thread) others.emplace_back(body, thread);
    body(0);
    for (std::thread& other : others) other.join();
    EXPECT_FALSE(DwellingAtomic<std::uint32_t>::lost_a_thread) << threads;
    EXPECT_EQ(all.out_of_step(), 0U) << threads;
  }
}

// As many threads as spin. On processors that are busy with other things a barrier takes as long
// as the threads are kept apart, so these are no more than a moment's.
TEST(ThreadPoolStress, ManyBarriersOfThreadsThatSpin) {
  const unsigned threads = std::min(2U, available_processors());
  EXPECT_EQ(phases_out_of_step(threads, 3000), 0U);
}

// One thread more than there are processors: they sleep at once, and are woken.
TEST(ThreadPoolStress, ManyBarriersOfThreadsThatSleep) {
  EXPECT_EQ(phases_out_of_step(available_processors() + 1, 3000), 0U);
}

TEST(ThreadPoolStress, ABarrierOfOneThreadNeverWaits) {
  EXPECT_EQ(phases_out_of_step(1, 100'000), 0U);
}

TEST(ThreadPoolStress, ManyRegionsOneAfterTheOther) {
  ThreadPool pool(3);
  std::vector<std::uint32_t> calls(3);
  constexpr std::uint32_t kRegions = 3000;
  for (std::uint32_t region = 0; region < kRegions; ++region) {
    pool.run([&](unsigned thread) { ++calls[thread]; });
    ASSERT_EQ(calls, std::vector<std::uint32_t>(3, region + 1));
  }
}

TEST(ThreadPoolStress, APoolMayGoAsSoonAsItIsThere) {
  std::uint32_t calls = 0;
  for (int repeat = 0; repeat < 300; ++repeat) {
    { const ThreadPool unused(3); }
    ThreadPool used(2);
    used.run([&](unsigned thread) { calls += thread; });
  }
  EXPECT_EQ(calls, 300U);
}

TEST(ThreadPoolStress, PoolsOfTwoThreadsAtOnceDoNotMeet) {
  std::vector<std::uint32_t> out_of_step(2, 1);
  {
    std::thread other([&] { out_of_step[1] = phases_out_of_step(2, 400); });
    out_of_step[0] = phases_out_of_step(3, 300);
    other.join();
  }
  EXPECT_EQ(out_of_step, std::vector<std::uint32_t>(2, 0));
}

TEST(ThreadPool, RunsEveryThreadOnceAndWaitsAtTheBarrier) {
  ThreadPool pool(5);
  std::atomic<int> before{0};
  std::vector<int> seen(5);
  for (int repeat = 0; repeat < 20; ++repeat) {
    before = 0;
    pool.run([&](unsigned thread) {
      ++before;
      pool.barrier();
      seen[thread] = before;
    });
    EXPECT_EQ(seen, std::vector<int>(5, 5));
  }
}

TEST(ThreadPool, HandsAnExceptionToTheCallerAndStaysUsable) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.run([](unsigned thread) {
    if (thread == 2) throw std::runtime_error("no");
  }),
               std::runtime_error);
  std::atomic<int> calls{0};
  pool.run([&](unsigned) { ++calls; });
  EXPECT_EQ(calls, 3);
}

TEST(ThreadPool, FlushesDenormalsInsideAndRestoresOutside) {
  ThreadPool pool(2);
  std::vector<float> product(2, 1);
  volatile float tiny = 1e-30F;
  pool.run([&](unsigned thread) { product[thread] = tiny * 1e-10F; });
  EXPECT_EQ(product, std::vector<float>(2, 0));
  EXPECT_GT(tiny * 1e-10F, 0.0F);
}

TEST(ThreadPool, WhoeverThrowsTheOthersAreWaitedForAndTheNextRegionIsClean) {
  ThreadPool pool(3);
  for (unsigned thrower = 0; thrower < 3; ++thrower) {
    std::vector<std::uint32_t> done(3);
    const auto body = [&](unsigned thread) {
      if (thread == thrower) throw std::runtime_error("no");
      std::this_thread::yield();
      for (std::uint32_t work = 0; work < 20'000; ++work) {
        std::atomic_signal_fence(std::memory_order_seq_cst);  // so that the work is done
        done[thread] = work;
      }
    };
    EXPECT_THROW(pool.run(body), std::runtime_error);
    EXPECT_EQ(std::count(done.begin(), done.end(), 19'999U), 2) << "a thread still worked";
    EXPECT_NO_THROW(pool.run([](unsigned) {})) << "the exception came twice";
  }
}

TEST(ThreadPool, OfManyExceptionsOneComesOut) {
  ThreadPool pool(4);
  for (int repeat = 0; repeat < 50; ++repeat) {
    EXPECT_THROW(pool.run([](unsigned) { throw std::runtime_error("all"); }), std::runtime_error);
    EXPECT_NO_THROW(pool.run([](unsigned) {}));
  }
}

TEST(ThreadPool, OfOneThreadIsTheCallers) {
  ThreadPool pool(1);
  std::thread::id ran;
  pool.run([&](unsigned thread) {
    EXPECT_EQ(thread, 0U);
    ran = std::this_thread::get_id();
  });
  EXPECT_EQ(ran, std::this_thread::get_id());
  EXPECT_THROW(pool.run([](unsigned) { throw std::runtime_error("no"); }), std::runtime_error);
}

TEST(ThreadPool, HasAThreadForEveryProcessorWhereNoNumberIsAskedFor) {
  EXPECT_EQ(ThreadPool(0).size(), available_processors());
}

TEST(ThreadPool, RestoresDenormalsAfterAnException) {
  ThreadPool pool(2);
  volatile float tiny = 1e-30F;
  EXPECT_THROW(pool.run([](unsigned) { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_GT(tiny * 1e-10F, 0.0F);
}

}  // namespace
}  // namespace regrow::cpu

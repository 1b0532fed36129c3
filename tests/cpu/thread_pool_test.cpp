// The pool: that no thread is lost or let through early, however often they meet, whoever throws,
// and however many pools there are. ThreadSanitizer sees here whether what one thread wrote before
// a barrier is another's to read after it: nothing below is atomic that need not be.
#include "cpu/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cpu/phases.h"
#include "system/processors.h"

namespace regrow::cpu {
namespace {

std::uint32_t phases_out_of_step(unsigned threads, std::uint32_t phases) {
  ThreadPool pool(threads);
  Phases all(threads);
  pool.run([&](unsigned thread) { all.go_through(phases, thread, [&] { pool.barrier(); }); });
  return all.out_of_step();
}

// No more threads than processors: they spin. On a busy machine a barrier takes as long as one of
// them waits for a processor, so these are few.
TEST(ThreadPoolStress, ManyBarriersOfThreadsThatSpin) {
  const unsigned threads = std::min(2U, available_processors());
  EXPECT_EQ(phases_out_of_step(threads, 1000), 0U);
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
    used.run([&](unsigned thread) {
      if (thread == 1) ++calls;
    });
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
  std::vector<float> result(2, 1);   // a denormal result
  std::vector<float> operand(2, 1);  // a denormal operand, of which the result is normal
  volatile float tiny = 1e-30F;
  volatile float denormal = 1e-40F;
  pool.run([&](unsigned thread) {
    result[thread] = tiny * 1e-10F;
    operand[thread] = denormal * 1e30F;
  });
  EXPECT_EQ(result, std::vector<float>(2, 0));
  EXPECT_EQ(operand, std::vector<float>(2, 0));
  EXPECT_GT(tiny * 1e-10F, 0.0F);
  EXPECT_GT(denormal * 1e30F, 0.0F);
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

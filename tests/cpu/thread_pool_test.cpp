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
#include "cpu/worthwhile_threads.h"
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

// What every item was done by, and how often: nothing below is atomic, so that ThreadSanitizer sees
// whether two threads had one item.
struct Shares {
  std::vector<std::uint32_t> times;
  std::vector<unsigned> threads;

  explicit Shares(std::size_t count) : times(count), threads(count) {}
  void take(const Range& range, unsigned thread) {
    for (std::size_t i = range.first; i < range.last; ++i) {
      ++times[i];
      threads[i] = thread;
    }
  }
};

TEST(Member, SharesOutEveryItemOnceInEveryLoop) {
  constexpr std::uint32_t kPhases = 200;
  for (const unsigned threads : {1U, 2U, 3U}) {
    ThreadPool pool(3);
    for (const std::size_t count : {0U, 1U, 2U, 5U, 47U, 48U, 49U, 1000U}) {
      Shares first(count), second(count);
      for (int region = 0; region < 2; ++region) {
        pool.run(threads, [&](Member& member) {
          for (std::uint32_t phase = 0; phase < kPhases; ++phase) {
            member.share(count, [&](const Range& range) { first.take(range, member.thread()); });
            member.share(count, [&](const Range& range) { second.take(range, member.thread()); });
            member.barrier();
          }
          // No barrier behind it: the next region begins anew all the same.
          member.share(count, [&](const Range& range) { first.take(range, member.thread()); });
        });
      }
      EXPECT_EQ(first.times, std::vector<std::uint32_t>(count, 2 * kPhases + 2)) << threads;
      EXPECT_EQ(second.times, std::vector<std::uint32_t>(count, 2 * kPhases)) << threads;
    }
  }
}

TEST(Member, TakesOverWhatAnotherHasNotBegun) {
  constexpr std::size_t kCount = 64;
  ThreadPool pool(2);
  Shares shares(kCount);
  std::atomic<std::size_t> done{0};
  pool.run(2, [&](Member& member) {
    member.share(kCount, [&](const Range& range) {
      shares.take(range, member.thread());
      done += range.last - range.first;
      // Thread 0 is held up in the first range that it takes until all others are done.
      while (member.thread() == 0 && done < kCount) std::this_thread::yield();
    });
  });
  EXPECT_EQ(shares.times, std::vector<std::uint32_t>(kCount, 1));
  EXPECT_LE(std::count(shares.threads.begin(), shares.threads.end(), 0U), 2);
}

TEST(Member, BeginsWithItsOwnPart) {
  ThreadPool pool(3);
  std::vector<std::size_t> begins(3, 1000);
  std::atomic<int> begun{0};
  pool.run(3, [&](Member& member) {
    member.share(300, [&](const Range& range) {
      std::size_t& begin = begins[member.thread()];
      if (begin < 1000) return;
      begin = range.first;
      ++begun;
      while (begun < 3) std::this_thread::yield();  // nobody takes what is another's first
    });
  });
  EXPECT_EQ(begins, (std::vector<std::size_t>{0, 100, 200}));
}

TEST(Member, AloneItTakesAllAtOnceAndWaitsForNobody) {
  Member alone;
  std::vector<std::size_t> ends;
  alone.share(1000, [&](const Range& range) {
    ends.insert(ends.end(), {range.first, range.last});
  });
  alone.barrier();
  EXPECT_EQ(ends, (std::vector<std::size_t>{0, 1000}));
  EXPECT_EQ(Member::ranges(1), 1U);
}

TEST(ThreadPool, SomeOfTheThreadsTakePartAndMeetAmongThemselves) {
  ThreadPool pool(4);
  for (int repeat = 0; repeat < 300; ++repeat) {
    for (const unsigned threads : {2U, 1U, 4U, 3U}) {
      std::vector<std::uint32_t> calls(4);
      Phases phases(threads);
      pool.run(threads, [&](Member& member) {
        ++calls[member.thread()];
        EXPECT_EQ(member.threads(), threads);
        phases.go_through(2, member.thread(), [&] { member.barrier(); });
      });
      std::vector<std::uint32_t> expected(4);
      std::fill_n(expected.begin(), threads, 1U);
      ASSERT_EQ(calls, expected);
      ASSERT_EQ(phases.out_of_step(), 0U);
    }
  }
  std::atomic<int> all{0};
  pool.run([&](unsigned) { ++all; });
  EXPECT_EQ(all, 4);
}

TEST(WorthwhileThreads, AreOneOfASmallNetworkAndAllOfALargeOne) {
  EXPECT_EQ(worthwhile_threads(0, 64), 1U);
  EXPECT_EQ(worthwhile_threads(50 * 64 * 112, 64), 1U);
  EXPECT_EQ(worthwhile_threads(381'440 * 112, 2), 2U);
  EXPECT_EQ(worthwhile_threads(5'000'000, 64), 4U);
  EXPECT_EQ(worthwhile_threads(std::uint64_t{1} << 60, 64), 64U);
  EXPECT_EQ(worthwhile_threads(std::uint64_t{1} << 60, 1), 1U);
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

// Parts of a piece of work, and who does them.
#include "system/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "system/large_vector.h"
#include "system/processors.h"

namespace regrow {
namespace {

TEST(EvenPart, CutsEverythingOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 5U, 1000U}) {
    for (const unsigned workers : {1U, 2U, 3U, 7U, 64U}) {
      std::size_t next = 0;
      for (unsigned worker = 0; worker < workers; ++worker) {
        const Range part = even_part(count, worker, workers);
        EXPECT_EQ(part.first, next);
        EXPECT_LE(part.size(), count / workers + 1);
        next = part.last;
      }
      EXPECT_EQ(next, count);
    }
  }
}

TEST(StartedThreads, AreNoMoreThanTheyAreWorth) {
  EXPECT_EQ(StartedThreads(0).size(), 1U);
  EXPECT_EQ(StartedThreads(1000, 8).size(), 1U);
  EXPECT_EQ(StartedThreads(1'000'000'000).size(), available_processors());
  EXPECT_EQ(StartedThreads(1'000'000'000, 1).size(), 1U);
}

TEST(StartedThreads, DoEveryPartOnThreadsOfTheirOwn) {
  StartedThreads workers(1'000'000'000);
  std::vector<std::atomic<int>> calls(workers.size());
  std::vector<std::thread::id> threads(workers.size());
  workers.run([&](unsigned worker) {
    ++calls[worker];
    threads[worker] = std::this_thread::get_id();
  });
  for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
  EXPECT_EQ(threads[0], std::this_thread::get_id());
  EXPECT_EQ(std::set<std::thread::id>(threads.begin(), threads.end()).size(), workers.size());
}

TEST(StartedThreads, PassOnWhatAWorkerThrowsWhenAllAreDone) {
  StartedThreads workers(1'000'000'000);
  std::atomic<unsigned> calls = 0;
  const auto throwing = [&](unsigned) {
    ++calls;
    throw std::runtime_error("full");
  };
  EXPECT_THROW(workers.run(throwing), std::runtime_error);
  EXPECT_EQ(calls, workers.size());
}

TEST(WorkersFor, LeaveLittleToTheCaller) {
  Alone alone;
  StartedThreads others(1'000'000'000);
  EXPECT_EQ(&workers_for(kFewItems - 1, others, alone), &alone);
  EXPECT_EQ(&workers_for(kFewItems, others, alone), &others);
}

TEST(LargeVector, KeepsWhatItIsGiven) {
  LargeVector<int> numbers = {1, 2, 3};
  numbers.resize(2);
  numbers.push_back(7);
  EXPECT_EQ(numbers, (LargeVector<int>{1, 2, 7}));
  EXPECT_EQ(LargeVector<int>(2, 5), (LargeVector<int>{5, 5}));
}

}  // namespace
}  // namespace regrow

// Sorted images and numbers, by any number of workers, against std::sort.
#include "random/sorted_images.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/sequential_workers.h"

namespace regrow {
namespace {

using Numbers = LargeVector<std::uint64_t>;

TEST(SortedImages, AreTheSameForAnyNumberOfWorkers) {
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{900}, std::uint64_t{1} << 41}) {
    for (const std::uint64_t most : {0U, 1U, 300U, 40'000U}) {
      const std::uint64_t count = std::min(most, size);
      const Bijection bijection(size, 3, Purpose::kTopology, 1, 0);
      Numbers expected;
      for (std::uint64_t k = 0; k < count; ++k) expected.push_back(bijection(k));
      std::sort(expected.begin(), expected.end());
      for (const unsigned workers : {1U, 2U, 7U, 500U}) {
        tests::SequentialWorkers sequential(workers);
        EXPECT_EQ(sorted_images(bijection, count, sequential), expected) << count << " of " << size;
      }
    }
  }
}

TEST(SortBelow, SortsWhatLiesCloseTogetherOrIsThereTwice) {
  for (const std::uint64_t limit :
       {std::uint64_t{2}, std::uint64_t{2048}, std::uint64_t{1} << 60}) {
    Numbers numbers;
    for (std::uint64_t i = 0; i < 50'000; ++i)
      numbers.push_back(i * 7919 % std::min<std::uint64_t>(limit, 3000));
    numbers.push_back(limit - 1);
    Numbers expected = numbers;
    std::sort(expected.begin(), expected.end());
    for (const unsigned workers : {1U, 3U, 16U}) {
      tests::SequentialWorkers sequential(workers);
      Numbers sorted = numbers;
      sort_below(limit, sorted, sequential);
      EXPECT_EQ(sorted, expected) << limit;
    }
  }
}

}  // namespace
}  // namespace regrow

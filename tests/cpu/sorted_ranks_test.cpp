// Chosen ranks against the bijection, rank by rank, and a plain sort.
#include "cpu/sorted_ranks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "cpu/thread_pool.h"

namespace regrow::cpu {
namespace {

RankChoice choice_of(std::uint64_t size, std::uint64_t count) {
  return {size, count, Bijection(size, 3, Purpose::kGrow, 1, 7, 2)};
}

TEST(SortedRanks, AreTheImagesUnderTheBijectionInAscendingOrder) {
  Alone alone;
  ThreadPool three(3);
  // From a table and from a network, few and many, wholly and in part, and beyond 32 bits.
  for (const std::uint64_t size :
       {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{600}, std::uint64_t{1023},
        std::uint64_t{1024}, std::uint64_t{1025}, std::uint64_t{2048}, std::uint64_t{3000},
        std::uint64_t{4097}, std::uint64_t{1} << 33, (std::uint64_t{1} << 40) + 12345}) {
    for (const std::uint64_t most : {0U, 1U, 255U, 256U, 257U, 1000U, 5000U, 100'000U}) {
      const std::uint64_t count = std::min(most, size);
      const RankChoice choice = choice_of(size, count);
      LargeVector<std::uint64_t> expected;
      for (std::uint64_t k = 0; k < count; ++k) expected.push_back((*choice.bijection)(k));
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(sorted_ranks(choice, alone), expected) << count << " of " << size;
      EXPECT_EQ(sorted_ranks(choice, three), expected) << count << " of " << size;
    }
  }
}

TEST(SortedRanks, WithoutABijectionAreTheFirst) {
  Alone alone;
  EXPECT_EQ(sorted_ranks({9, 4, {}}, alone), (LargeVector<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_TRUE(sorted_ranks({9, 0, {}}, alone).empty());
}

}  // namespace
}  // namespace regrow::cpu

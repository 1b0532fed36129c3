// Sorting, scanning and counting runs, against the standard library.
#include "common/algorithms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "evolve/cells.h"
#include "regrow/philox.h"

namespace regrow::cuda {
namespace {

constexpr std::size_t kSizes[] = {0, 1, 2, 31, 257, 5000};

std::vector<std::uint32_t> random_words(std::size_t count) {
  std::vector<std::uint32_t> words(count);
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = random_block(1, Purpose::kSynthetic, 0, 0, i)[0];
  }
  return words;
}

template <typename T>
DeviceArray<T> on_device(const std::vector<T>& values, const Stream& stream) {
  return {std::span<const T>(values), "values", stream};
}

TEST(CudaSort, OrdersKeysOf64Bits) {
  const Stream stream;
  for (const std::size_t size : kSizes) {
    std::vector<std::uint64_t> keys(size);
    const std::vector<std::uint32_t> words = random_words(2 * size);
    for (std::size_t i = 0; i < size; ++i) {
      keys[i] = std::uint64_t{words[2 * i]} << 32 | words[2 * i + 1];
    }
    DeviceArray<std::uint64_t> sorted = on_device(keys, stream);
    sort(sorted.data(), size, stream);
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(sorted.download(), keys);
  }
}

TEST(CudaSort, LeavesWhatLiesBehindTheCountAlone) {
  const Stream stream;
  DeviceArray<std::uint64_t> keys = on_device<std::uint64_t>({3, 2, 1, 0}, stream);
  sort(keys.data(), 3, stream);
  EXPECT_EQ(keys.download(), (std::vector<std::uint64_t>{1, 2, 3, 0}));
}

TEST(CudaSort, KeepsTheOrderOfEqualKeys) {
  const Stream stream;
  for (const std::size_t size : kSizes) {
    std::vector<std::uint32_t> keys = random_words(size);
    for (std::uint32_t& key : keys) key &= 0x80000007U;  // the upper bit is no sign
    std::vector<std::uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0U);
    DeviceArray<std::uint32_t> sorted_keys = on_device(keys, stream);
    DeviceArray<std::uint32_t> values = on_device(order, stream);
    sort_by_key(sorted_keys.data(), values.data(), size, stream);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
    EXPECT_EQ(values.download(), order);
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(sorted_keys.download(), keys);
  }
}

TEST(CudaScan, SumsInSixtyFourBitsAndEndsWithTheTotal) {
  const Stream stream;
  for (const std::size_t size : kSizes) {
    const std::vector<std::uint32_t> values = random_words(size);
    std::vector<std::uint64_t> expected = {0};
    for (const std::uint32_t value : values) expected.push_back(expected.back() + value);
    const DeviceArray<std::uint32_t> device_values = on_device(values, stream);
    DeviceArray<std::uint64_t> sums(size + 1, "sums", stream);
    exclusive_scan(device_values.data(), size, sums.data(), stream);
    EXPECT_EQ(sums.download(), expected);
  }
}

TEST(CudaRunLengths, CountDistinctCells) {
  const Stream stream;
  for (const std::size_t size : kSizes) {
    std::vector<std::uint64_t> cells;
    for (const std::uint32_t word : random_words(size)) {
      cells.push_back((std::uint64_t{1} << 40) + word % (size / 3 + 1));
    }
    std::sort(cells.begin(), cells.end());
    std::vector<std::uint64_t> distinct = cells;
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    const DeviceArray<std::uint64_t> sorted = on_device(cells, stream);
    DeviceArray<std::uint64_t> found(size, "distinct", stream);
    DeviceArray<std::uint32_t> lengths(size, "lengths", stream);
    ASSERT_EQ(run_lengths(sorted.data(), size, found.data(), lengths.data(), stream),
              distinct.size());
    EXPECT_EQ(found.download(distinct.size()), distinct);
    const std::vector<std::uint32_t> counts = lengths.download(distinct.size());
    for (std::size_t i = 0; i < distinct.size(); ++i) {
      EXPECT_EQ(counts[i], std::count(cells.begin(), cells.end(), distinct[i]));
    }
  }
}

TEST(CudaCells, MergeIsTheSortedUnion) {
  const Stream stream;
  std::vector<std::uint64_t> even, multiples;
  for (std::uint64_t i = 0; i < 700; ++i) even.push_back(2 * i);
  for (std::uint64_t i = 0; i < 300; ++i) multiples.push_back(10 * i + 5);
  for (const std::size_t a : {std::size_t{0}, std::size_t{1}, even.size()}) {
    for (const std::size_t b : {std::size_t{0}, std::size_t{1}, multiples.size()}) {
      std::vector<std::uint64_t> expected(a + b);
      std::merge(even.begin(), even.begin() + static_cast<std::ptrdiff_t>(a), multiples.begin(),
                 multiples.begin() + static_cast<std::ptrdiff_t>(b), expected.begin());
      const Cells left = on_device(even, stream), right = on_device(multiples, stream);
      EXPECT_EQ(merge_cells({left.data(), a}, {right.data(), b}, stream).download(), expected);
      EXPECT_EQ(merge_cells({right.data(), b}, {left.data(), a}, stream).download(), expected);
    }
  }
}

TEST(CudaCells, OutsideAreTheCellsThatAreNotExcluded) {
  const Stream stream;
  const std::vector<std::vector<std::uint64_t>> excluded_sets = {
      {}, {0}, {0, 1, 2}, {5}, {3, 4, 9, 10, 11, 29}};
  for (const std::vector<std::uint64_t>& excluded : excluded_sets) {
    std::vector<std::uint64_t> outside;
    for (std::uint64_t cell = 0; cell < 30; ++cell) {
      if (!std::binary_search(excluded.begin(), excluded.end(), cell)) outside.push_back(cell);
    }
    const Cells cells = on_device(excluded, stream);
    EXPECT_EQ(cells_outside(set_of(cells), counted_up(outside.size(), stream), stream).download(),
              outside);
  }
}

}  // namespace
}  // namespace regrow::cuda

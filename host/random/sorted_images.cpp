#include "random/sorted_images.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace regrow {
namespace {

constexpr int kDigitBits = 11;  // 2^11 counters stay in the first cache
constexpr std::size_t kFewNumbers = 256;
// So many numbers, twice, stay in the second cache while they are sorted.
constexpr std::size_t kIntervalNumbers = std::size_t{1} << 14;

using Numbers = std::span<std::uint64_t>;
using Counters = std::array<std::size_t, std::size_t{1} << kDigitBits>;

/// The images of `indices`, in any order. A step of the bijection's walk at a time, of all that are
/// still outside: alike from one to the next, where walking each by itself would branch at random.
void write_images(const Bijection& bijection, const Range& indices, Numbers images) {
  if (bijection.is_small()) {
    const auto first = bijection.table().begin() + static_cast<std::ptrdiff_t>(indices.first);
    std::copy_n(first, indices.size(), images.begin());
    return;
  }
  const FeistelNetwork& feistel = bijection.feistel();
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i] = feistel.encrypt_once(indices.first + i);
  }
  std::size_t inside = 0;
  while (inside < images.size()) {
    const auto outside =
        std::partition(images.begin() + static_cast<std::ptrdiff_t>(inside), images.end(),
                       [&](std::uint64_t image) { return image < feistel.size; });
    inside = static_cast<std::size_t>(outside - images.begin());
    for (std::size_t i = inside; i < images.size(); ++i) {
      images[i] = feistel.encrypt_once(images[i]);
    }
  }
}

/// Sorts by the lowest `bits` bits, the least digit first, each pass stable. `other`: as large.
/// Returns which of the two holds the result: the same for all numbers of so many bits.
Numbers sort_by_digits(int bits, Numbers numbers, Numbers other) {
  constexpr std::uint64_t kLast = (std::uint64_t{1} << kDigitBits) - 1;
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    if (numbers.size() >= kFewNumbers) {
      Counters next{};
      for (const std::uint64_t number : numbers) ++next[number >> shift & kLast];
      std::exclusive_scan(next.begin(), next.end(), next.begin(), std::size_t{0});
      for (const std::uint64_t number : numbers) other[next[number >> shift & kLast]++] = number;
    } else {
      std::copy(numbers.begin(), numbers.end(), other.begin());
    }
    std::swap(numbers, other);
  }
  if (numbers.size() < kFewNumbers) std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

void sort_below(std::uint64_t limit, LargeVector<std::uint64_t>& numbers, Workers& workers) {
  if (numbers.size() < kFewNumbers) {
    std::sort(numbers.begin(), numbers.end());
    return;
  }
  // First into intervals of values, by the highest bits; then each interval by itself.
  const auto bits = static_cast<int>(std::bit_width(limit));
  const int interval_bits = std::min(
      {static_cast<int>(std::bit_width(numbers.size() / kIntervalNumbers)), kDigitBits, bits});
  const int shift = bits - interval_bits;
  const std::size_t intervals = std::size_t{1} << interval_bits;
  std::vector<Counters> next(workers.size());
  workers.run([&](unsigned worker) {
    const Range part = even_part(numbers.size(), worker, workers.size());
    next[worker].fill(0);
    for (std::size_t i = part.first; i < part.last; ++i) ++next[worker][numbers[i] >> shift];
  });
  std::vector<std::size_t> begin = {0};
  for (std::size_t interval = 0; interval < intervals; ++interval) {
    std::size_t at = begin.back();
    for (Counters& of_worker : next) at += std::exchange(of_worker[interval], at);
    begin.push_back(at);
  }
  LargeVector<std::uint64_t> sorted(numbers.size());
  workers.run([&](unsigned worker) {
    const Range part = even_part(numbers.size(), worker, workers.size());
    Counters& at = next[worker];
    for (std::size_t i = part.first; i < part.last; ++i) {
      sorted[at[numbers[i] >> shift]++] = numbers[i];
    }
  });
  workers.run([&](unsigned worker) {
    const Range part = even_part(numbers.size(), worker, workers.size());
    // The intervals that begin in the part.
    const auto at = [&](std::size_t number) {
      return static_cast<std::size_t>(std::lower_bound(begin.begin(), begin.end() - 1, number) -
                                      begin.begin());
    };
    for (std::size_t interval = at(part.first); interval < at(part.last); ++interval) {
      const std::size_t first = begin[interval], size = begin[interval + 1] - first;
      sort_by_digits(shift, Numbers(sorted).subspan(first, size),
                     Numbers(numbers).subspan(first, size));
    }
  });
  const int passes = (shift + kDigitBits - 1) / kDigitBits;
  if (passes % 2 == 0) numbers.swap(sorted);
}

LargeVector<std::uint64_t> sorted_images(const Bijection& bijection, std::uint64_t count,
                                         Workers& workers) {
  LargeVector<std::uint64_t> images(count);
  workers.share(count, [&](const Range& part) {
    write_images(bijection, part, Numbers(images).subspan(part.first, part.size()));
  });
  sort_below(bijection.size(), images, workers);
  return images;
}

}  // namespace regrow

#include "cpu/sorted_ranks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <numeric>

namespace regrow::cpu {
namespace {

constexpr int kDigitBits = 11;  // 2^11 counters stay in the first cache
constexpr std::size_t kFewRanks = 256;

using Ranks = std::vector<std::uint64_t>;

// A step of the bijection's walk at a time, of all ranks that are still outside: alike from one to
// the next, where walking each by itself would branch at random.
Ranks images(const Bijection& bijection, std::uint64_t count) {
  Ranks ranks(count);
  if (bijection.is_small()) {
    std::copy_n(bijection.table().begin(), count, ranks.begin());
    return ranks;
  }
  const FeistelNetwork& feistel = bijection.feistel();
  for (std::uint64_t k = 0; k < count; ++k) ranks[k] = feistel.encrypt_once(k);
  std::size_t inside = 0;
  while (inside < count) {
    // Whatever their order, all ranks are sorted in the end.
    const auto outside =
        std::partition(ranks.begin() + static_cast<std::ptrdiff_t>(inside), ranks.end(),
                       [&](std::uint64_t rank) { return rank < feistel.size; });
    inside = static_cast<std::size_t>(outside - ranks.begin());
    for (std::size_t i = inside; i < count; ++i) ranks[i] = feistel.encrypt_once(ranks[i]);
  }
  return ranks;
}

}  // namespace

// By the least digit first, each pass stable.
void sort_below(std::uint64_t limit, std::vector<std::uint64_t>& numbers) {
  if (numbers.size() < kFewRanks) {
    std::sort(numbers.begin(), numbers.end());
    return;
  }
  constexpr std::uint64_t kLastDigit = (std::uint64_t{1} << kDigitBits) - 1;
  std::vector<std::uint64_t> sorted(numbers.size());
  const auto bits = static_cast<int>(std::bit_width(limit));
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    std::array<std::size_t, kLastDigit + 1> next{};
    for (const std::uint64_t number : numbers) ++next[number >> shift & kLastDigit];
    std::exclusive_scan(next.begin(), next.end(), next.begin(), std::size_t{0});
    for (const std::uint64_t number : numbers) {
      sorted[next[number >> shift & kLastDigit]++] = number;
    }
    numbers.swap(sorted);
  }
}

std::vector<std::uint64_t> sorted_ranks(const RankChoice& choice) {
  if (choice.bijection) {
    Ranks ranks = images(*choice.bijection, choice.count);
    sort_below(choice.size, ranks);
    return ranks;
  }
  Ranks ranks(choice.count);
  std::iota(ranks.begin(), ranks.end(), std::uint64_t{0});
  return ranks;
}

}  // namespace regrow::cpu

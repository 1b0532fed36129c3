#include "cpu/magnitudes.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "regrow/error.h"

namespace regrow::cpu {
namespace {

constexpr std::uint32_t kInfinityBits = 0x7F800000U;
constexpr std::uint32_t kWidestDigit = 11;

// What `count(part)` says of each worker's part of the values.
template <typename Count>
auto counts_of_parts(std::span<const float> values, Workers& workers, const Count& count) {
  std::vector<decltype(count(values))> counts(workers.size());
  workers.run([&](unsigned worker) {
    const Range part = even_part(values.size(), worker, workers.size());
    counts[worker] = count(values.subspan(part.first, part.size()));
  });
  return counts;
}

// Without a branch: signs are as good as random.
WeightCounts signs_of(std::span<const float> values) {
  WeightCounts counts;
  for (const float value : values) {
    const std::uint32_t magnitude = magnitude_bits(value);
    const bool is_zero = magnitude == 0, is_finite = magnitude < kInfinityBits;
    counts.zeros += is_zero ? 1 : 0;
    counts.non_finite += is_finite ? 0 : 1;
    counts.negatives += is_finite && !is_zero && has_sign(value) ? 1 : 0;
  }
  counts.positives = values.size() - counts.zeros - counts.non_finite - counts.negatives;
  return counts;
}

}  // namespace

WeightCounts count_signs(std::span<const float> values, Workers& workers) {
  WeightCounts sum;
  for (const WeightCounts& counts : counts_of_parts(values, workers, signs_of)) {
    sum.negatives += counts.negatives;
    sum.positives += counts.positives;
    sum.zeros += counts.zeros;
    sum.non_finite += counts.non_finite;
  }
  return sum;
}

std::uint64_t count_non_finite(std::span<const float> values, Workers& workers) {
  const auto counts = counts_of_parts(values, workers, [](std::span<const float> part) {
    return std::count_if(part.begin(), part.end(),
                         [](float value) { return magnitude_bits(value) >= kInfinityBits; });
  });
  return static_cast<std::uint64_t>(
      std::accumulate(counts.begin(), counts.end(), std::ptrdiff_t{0}));
}

std::vector<std::uint64_t> count_digit(std::span<const float> values, const MagnitudeDigit& digit,
                                       Workers& workers) {
  REGROW_CHECK(digit.key_bits == kMagnitudeBits, "a float's magnitude has 31 bits");
  REGROW_CHECK(digit.width <= kWidestDigit && digit.shift <= kMagnitudeBits - digit.width,
               "a digit lies beyond its key");
  std::vector<std::uint64_t> sum(std::size_t{1} << digit.width);
  const auto sizes_of = [&](std::span<const float> part) {
    std::vector<std::uint64_t> sizes(sum.size());
    for (const float value : part) {
      const std::uint32_t magnitude = magnitude_bits(value);
      if (magnitude >> (digit.shift + digit.width) != digit.prefix) continue;
      ++sizes[magnitude >> digit.shift & (sizes.size() - 1)];
    }
    return sizes;
  };
  for (const auto& sizes : counts_of_parts(values, workers, sizes_of)) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += sizes[i];
  }
  return sum;
}

}  // namespace regrow::cpu

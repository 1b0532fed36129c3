#include "cpu/magnitudes.h"

#include <algorithm>

#include "regrow/error.h"

namespace regrow::cpu {
namespace {

constexpr std::uint32_t kInfinityBits = 0x7F800000U;
constexpr std::uint32_t kWidestDigit = 11;

}  // namespace

// Without a branch: signs are as good as random.
WeightCounts count_signs(std::span<const float> values) {
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

std::uint64_t count_non_finite(std::span<const float> values) {
  return static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [](float value) {
    return magnitude_bits(value) >= kInfinityBits;
  }));
}

std::vector<std::uint64_t> count_digit(std::span<const float> values, const MagnitudeDigit& digit) {
  REGROW_CHECK(digit.key_bits == kMagnitudeBits, "a float's magnitude has 31 bits");
  REGROW_CHECK(digit.width <= kWidestDigit && digit.shift <= kMagnitudeBits - digit.width,
               "a digit lies beyond its key");
  std::vector<std::uint64_t> sizes(std::size_t{1} << digit.width);
  for (const float value : values) {
    const std::uint32_t magnitude = magnitude_bits(value);
    if (magnitude >> (digit.shift + digit.width) != digit.prefix) continue;
    ++sizes[magnitude >> digit.shift & (sizes.size() - 1)];
  }
  return sizes;
}

}  // namespace regrow::cpu

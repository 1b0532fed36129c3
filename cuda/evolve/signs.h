// The sign and the magnitude of a weight, by its bits: denormals, which arithmetic here flushes,
// keep theirs.
#pragma once

#include <cstdint>

#include "common/kernel.h"
#include "regrow/evolution/measures.h"

namespace regrow::cuda {

constexpr std::uint32_t kSignBit = 0x80000000U;
constexpr std::uint32_t kInfinityBits = 0x7F800000U;

/// The fields of WeightCounts, in their order; the first three also index a tally by sign.
enum Sign : unsigned { kNegative, kPositive, kZero, kNonFinite };
constexpr unsigned kSigns = 3;
static_assert(sizeof(WeightCounts) == 4 * sizeof(std::uint64_t));

__device__ inline std::uint32_t magnitude_bits(float value) {
  return __float_as_uint(value) & ~kSignBit;
}
__device__ inline bool is_finite(float value) { return magnitude_bits(value) < kInfinityBits; }
__device__ inline Sign sign_of(float value) {
  if (magnitude_bits(value) == 0) return kZero;
  return (__float_as_uint(value) & kSignBit) != 0 ? kNegative : kPositive;
}

}  // namespace regrow::cuda

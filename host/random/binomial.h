// The Binomial law by inversion, in arithmetic that is the same on every platform. The standard
// library's binomial_distribution is not: its algorithm is the implementation's own.
#pragma once

#include <cstdint>

#include "regrow/philox.h"

namespace regrow {

/// The smallest k with P(X ≤ k) > uniform, X ~ Binomial(trials, probability); uniform in [0, 1),
/// probability in [0, 1]. Time and memory: O(standard deviation).
std::uint64_t binomial_quantile(std::uint64_t trials, double probability, double uniform);

/// Uniform in [0, 1), a multiple of 2^-53, of the first two words.
constexpr double wide_uniform_from_block(const PhiloxBlock& block) {
  const std::uint64_t bits = std::uint64_t{block[0]} << 32 | block[1];
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace regrow

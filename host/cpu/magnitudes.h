// Signs and magnitudes of floats, told by their bits: no flushing of denormals can change a
// decision.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "regrow/evolution/measures.h"
#include "system/workers.h"

namespace regrow::cpu {

constexpr std::uint32_t kMagnitudeBits = 31;
constexpr std::uint32_t kSignBit = std::uint32_t{1} << kMagnitudeBits;

/// For floats of one sign these order as the values do.
inline std::uint32_t magnitude_bits(float value) {
  return std::bit_cast<std::uint32_t>(value) & ~kSignBit;
}
/// Of a zero, too.
inline bool has_sign(float value) { return (std::bit_cast<std::uint32_t>(value) & kSignBit) != 0; }

WeightCounts count_signs(std::span<const float> values, Workers& workers);
/// How many of `values` are NaN or infinite.
std::uint64_t count_non_finite(std::span<const float> values, Workers& workers);

/// A histogram of the digit over `values`, [2^width]. Throws std::logic_error where the digit is
/// none of a key of 31 bits.
std::vector<std::uint64_t> count_digit(std::span<const float> values, const MagnitudeDigit& digit,
                                       Workers& workers);

}  // namespace regrow::cpu

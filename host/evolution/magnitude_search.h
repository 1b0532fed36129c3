// Finds the smallest magnitudes of several layers together, exactly, in a few rounds of counting.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "regrow/evolution/measures.h"

namespace regrow {

/// A radix selection: round by round the digit of the last magnitude that is chosen is found, from
/// the highest on, and all that is below it is known to be chosen. Ties go to the earlier layer
/// first, within which a drop takes the lower cells.
class MagnitudeSearch {
 public:
  /// Of the `count` smallest among the candidates of `layers` layers. key_bits: 31 or 63, as a
  /// MagnitudeDigit's.
  MagnitudeSearch(std::uint64_t count, std::uint32_t key_bits, std::size_t layers);

  /// What must be counted next; nothing where all is known.
  std::optional<MagnitudeDigit> next() const;
  /// Takes the counts that next() asked for. Throws std::logic_error where fewer candidates are
  /// there than are to be chosen.
  void take(std::span<const LayerMeasures> measures);

  /// How many of each layer's smallest are chosen. Throws std::logic_error before all is known.
  const std::vector<std::uint64_t>& chosen() const;

 private:
  std::uint64_t missing_;     // still to be chosen among the magnitudes with this prefix
  std::uint32_t bits_left_;   // that are not known of the last one's key
  std::uint64_t prefix_ = 0;  // the bits that are
  const std::uint32_t key_bits_;
  std::vector<std::uint64_t> chosen_;
};

}  // namespace regrow

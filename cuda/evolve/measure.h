// What a plan is made from: signs of weights, and of the candidates of a drop signs and digits of
// their magnitudes, as regrow/evolution/measures.h says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/evolution/measures.h"

namespace regrow::cuda {

/// Adds the signs of weights [count] to *counts (on the device); `only_finite`: counts nothing but
/// values that are not finite (for biases and momenta).
void count_weights(const float* values, std::size_t count, bool only_finite, WeightCounts* counts,
                   const Stream& stream);

/// Of one layer, on the device.
struct CandidateTotals {
  std::uint64_t negatives;
  std::uint64_t positives;
  std::uint64_t zeros;
  std::uint64_t protected_ones;  // which are no candidates
};

/// Adds to *totals (on the device). cells: of the weights' connections, ascending. A weight that is
/// not finite has no sign.
void count_candidates(const CanonicalWeights& weights, const Cells& cells,
                      const CellSet& protected_cells, CandidateTotals* totals,
                      const Stream& stream);

/// Of the counts by a digit of most bits.
inline constexpr std::size_t kMostMagnitudeBytes = (std::size_t{1} << 11) * sizeof(std::uint64_t);
/// Throws std::logic_error for a digit that floats do not have.
void require_digit_of_floats(const MagnitudeDigit& digit);
/// Adds to totals [2^digit.width] (on the device) the candidates by their digit. cells: as above,
/// not looked at where nothing is protected.
void count_magnitudes(const CanonicalWeights& weights, const Cells& cells,
                      const CellSet& protected_cells, const MagnitudeDigit& digit,
                      std::uint64_t* totals, const Stream& stream);

}  // namespace regrow::cuda

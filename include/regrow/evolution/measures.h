// What a back end is asked before an evolution is planned, and what it answers. No back end holds a
// policy: what follows from the answers, the host decides.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/evolution/candidates.h"

namespace regrow {

/// Signs of one layer's weights. −0 is a zero; a NaN or infinity is counted as `non_finite` only.
struct WeightCounts {
  std::uint64_t negatives = 0;
  std::uint64_t positives = 0;
  std::uint64_t zeros = 0;
  std::uint64_t non_finite = 0;  // among all parameters of the layer and their slots

  bool operator==(const WeightCounts&) const = default;
};

/// Some cells of a layer, ascending.
using CellList = std::vector<std::uint64_t>;

/// One digit of the weights' magnitudes. A magnitude is the bits of |w| as an unsigned number, of a
/// float (31 bits) or of a double (63 bits), which order as the values do. Counted are those that
/// equal `prefix` above bit `shift` + `width`, by the value of their `width` bits from `shift` on.
struct MagnitudeDigit {
  std::uint32_t key_bits = 31;  // 31; the float64 reference takes 63, too
  std::uint32_t shift = 0;
  std::uint32_t width = 11;  // at most 11
  std::uint64_t prefix = 0;  // the bits from shift + width on

  bool operator==(const MagnitudeDigit&) const = default;
};

struct MeasureRequest {
  /// Connections that must not drop, one list per layer (of active cells only), or none at all.
  std::vector<CellList> protected_cells;
  std::optional<MagnitudeDigit> digit;  // where the candidates' magnitudes are counted, too
  /// Where neurons' strengths are wanted, too: of the batch that differentiate() has just had.
  std::optional<StrengthRequest> strengths = {};

  bool operator==(const MeasureRequest&) const = default;
};

/// Of one layer. Its candidates are the connections that are not protected; a dense layer has
/// none, and its `candidates` and `magnitudes` are empty.
struct LayerMeasures {
  WeightCounts weights;                   // of all connections
  WeightCounts candidates;                // their signs; `non_finite` stays 0
  std::vector<std::uint64_t> magnitudes;  // [2^width] where a digit was asked for, else empty
  NeuronStrengths strengths = {};         // where asked for, of sparse layers; else empty

  bool operator==(const LayerMeasures&) const = default;
};

}  // namespace regrow

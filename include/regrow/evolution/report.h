// What an evolution did to a layer, as its back end counted it.
#pragma once

#include <cstdint>

#include "regrow/evolution/measures.h"

namespace regrow {

struct DropReport {
  std::uint64_t negatives = 0;  // dropped, by sign
  std::uint64_t positives = 0;
  std::uint64_t zeros = 0;
  std::uint64_t remaining = 0;  // λ: connections left

  std::uint64_t dropped() const { return negatives + positives + zeros; }
  bool operator==(const DropReport&) const = default;
};

struct GrowReport {
  std::uint64_t grown = 0;
  std::uint64_t filled = 0;  // of which by the random fill, for want of eligible cells
  // Candidates of growth by gradient, those whose gradient is NaN included; 0 where none is to
  // grow.
  std::uint64_t scored = 0;

  bool operator==(const GrowReport&) const = default;
};

/// Of one layer; of a dense one only `dropped.remaining`, all its cells, is not 0.
struct EvolutionReport {
  DropReport dropped;
  GrowReport grown;
  CellList dropped_cells = {};  // ascending; both where the plan asks for them
  CellList grown_cells = {};

  bool operator==(const EvolutionReport&) const = default;
};

}  // namespace regrow

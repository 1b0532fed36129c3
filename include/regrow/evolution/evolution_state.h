// What a run remembers of its evolutions: all that later ones depend on besides the network and the
// history of its epochs.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/evolution/measures.h"

namespace regrow {

/// Connections of a layer that may not drop yet, by cell.
struct YoungConnections {
  CellList cells;                      // ascending
  std::vector<std::uint64_t> born_in;  // [cells]: the evolution in which each grew

  bool operator==(const YoungConnections&) const = default;
};

/// Connections that had grown and that a drop could take for the first time, added up.
struct NewbornCounts {
  std::uint64_t newborns = 0;
  std::uint64_t survived = 0;

  bool operator==(const NewbornCounts&) const = default;
};

struct EvolutionState {
  std::uint64_t due = 0;        // evolutions due so far, those paused included
  std::uint64_t performed = 0;  // of these, what took place
  /// One per layer, where a grace is set; else none at all.
  std::vector<YoungConnections> young;
  /// One per layer after the first evolution: connections that have grown and that the next drop
  /// may take for the first time, ascending.
  std::vector<CellList> newborns = {};
  std::vector<NewbornCounts> survival = {};  // of each hidden layer, over all evolutions so far

  bool operator==(const EvolutionState&) const = default;
};

}  // namespace regrow

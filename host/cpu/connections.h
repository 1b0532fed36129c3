// One sparse layer's connections in canonical order (by cell): the form in which they evolve.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/sorted_cells.h"

namespace regrow::cpu {

struct Connections {
  Cells cells;  // unique
  LargeVector<float> weights;
  std::vector<LargeVector<float>> slots;  // the optimiser's, one array each

  Connections() = default;
  /// So many of them, with so many slots, of no values yet.
  Connections(std::size_t count, std::size_t slot_count)
      : cells(count), weights(count), slots(slot_count) {
    for (LargeVector<float>& slot : slots) slot.resize(count);
  }

  std::size_t size() const { return cells.size(); }
};

/// What a Connections of so many takes.
constexpr std::uint64_t bytes_of_connections(std::uint64_t connections, std::size_t slots) {
  return connections * (sizeof(std::uint64_t) + (1 + slots) * sizeof(float));
}

}  // namespace regrow::cpu

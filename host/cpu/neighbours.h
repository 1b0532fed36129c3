// Counts active neighbours from the sorted active cells alone: O(connections), no mask.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/sorted_cells.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow::cpu {

/// Cells with at least one active neighbour, ascending, and how many each has.
struct NeighbourCounts {
  Cells cells;
  LargeVector<std::uint8_t> counts;      // 1..8, where 8 is 8 or more
  std::array<std::uint64_t, 9> sizes{};  // how many cells have each count
};

/// What counting takes in memory at its height, where so many cells have neighbours.
constexpr std::uint64_t bytes_of_neighbour_counts(std::uint64_t cells) {
  return cells * (sizeof(std::uint64_t) + sizeof(std::uint8_t));
}

/// A layer's mask [outputs][inputs] as lists of cells, sorted.
struct MaskCells {
  CellSpan active;
  CellSpan taken;  // these, and what else may not grow: not counted
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
};

/// Of all cells that are not taken, in consecutive parts, one of each worker. No wrap at the edges.
/// Throws std::logic_error where an image does not have `inputs` features.
std::vector<NeighbourCounts> count_neighbours(const MaskCells& mask, const NeighbourSpace& space,
                                              Workers& workers);

}  // namespace regrow::cpu

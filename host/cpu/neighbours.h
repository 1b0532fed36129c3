// Counts active neighbours from the sorted active cells alone: O(connections), no mask.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cpu/thread_pool.h"
#include "regrow/evolution.h"

namespace regrow::cpu {

/// The inactive cells with at least one active neighbour, ascending, and how many each has.
struct NeighbourCounts {
  std::vector<std::uint64_t> cells;
  std::vector<std::uint8_t> counts;  // 1..8, where 8 is 8 or more
};

/// active: sorted cells of a mask [outputs][inputs]. No wrap at the edges. An image has `inputs`
/// features.
NeighbourCounts count_neighbours(std::span<const std::uint64_t> active, std::uint32_t inputs,
                                 std::uint32_t outputs, const NeighbourSpace& space,
                                 ThreadPool& pool);

}  // namespace regrow::cpu

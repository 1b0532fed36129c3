// Active neighbours of every inactive cell, and the cells of a class by rank, in two ways that give
// the same cells: bit-sliced over the packed mask, or from the sorted active cells.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>

#include "common/runtime.h"
#include "evolve/connections.h"
#include "regrow/evolution.h"

namespace regrow::cuda {

class NeighbourClasses {
 public:
  virtual ~NeighbourClasses() = default;

  /// Number of inactive cells with 0, 1, … 8 active neighbours.
  virtual std::array<std::uint64_t, 9> histogram() const = 0;

  /// The cells at `ranks` (ascending; [count]) among the inactive cells whose number of active
  /// neighbours is in `counts`, in ascending order of cells. ranks, result: device arrays.
  virtual DeviceArray<std::uint64_t> select(const std::bitset<9>& counts,
                                            const DeviceArray<std::uint64_t>& ranks) const = 0;
};

/// `active` must outlive the result. Neighbours in an image are counted from the cells.
std::unique_ptr<NeighbourClasses> count_in_mask(const Connections& active, const LayerShape& shape,
                                                Neighbourhood neighbourhood, const Stream& stream);
std::unique_ptr<NeighbourClasses> count_from_cells(const Connections& active,
                                                   const LayerShape& shape,
                                                   const NeighbourSpace& space,
                                                   const Stream& stream);

/// Bytes of the packed mask: rows padded to 32 cells. A selection takes about as much again.
std::size_t mask_bytes(const LayerShape& shape);

}  // namespace regrow::cuda

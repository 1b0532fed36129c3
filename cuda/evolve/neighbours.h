// Active neighbours of every eligible cell, and the cells of a class by rank, in two ways that give
// the same cells: bit-sliced over the packed mask, or from the sorted active cells.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>

#include "common/runtime.h"
#include "evolution/class_walk.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow::cuda {

class NeighbourClasses {
 public:
  virtual ~NeighbourClasses() = default;

  /// Of the eligible cells; waits for the stream.
  virtual ClassSizes sizes() const = 0;

  /// The cells at `ranks` (ascending; [count]) among the eligible cells whose number of active
  /// neighbours is in `counts`, in ascending order of cells. ranks, result: device arrays.
  virtual Cells select(const std::bitset<9>& counts, const Cells& ranks) const = 0;
};

/// `taken` are the cells that are not eligible: the active ones and maybe others. Both must outlive
/// the result. Neighbours in an image are counted from the cells.
std::unique_ptr<NeighbourClasses> count_in_mask(const CellSet& active, const CellSet& taken,
                                                const LayerShape& shape,
                                                Neighbourhood neighbourhood, const Stream& stream);
std::unique_ptr<NeighbourClasses> count_from_cells(const CellSet& active, const CellSet& taken,
                                                   const LayerShape& shape,
                                                   const NeighbourSpace& space,
                                                   const Stream& stream);

/// Bytes of the packed mask: rows padded to 32 cells. Taken cells that are not active and a
/// selection take about as much again each.
std::size_t mask_bytes(const LayerShape& shape);

}  // namespace regrow::cuda

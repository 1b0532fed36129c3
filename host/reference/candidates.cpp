#include "reference/candidates.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "reference/neighbours.h"

namespace regrow::reference {

CellList eligible_cells(const ReferenceLayer& layer, const CellList& excluded) {
  CellList inactive;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!layer.mask[cell]) inactive.push_back(cell);
  }
  return without(inactive, excluded);
}

std::map<std::int8_t, CellList, std::greater<>> classes_by_rank(const ReferenceLayer& layer,
                                                                const CellList& eligible,
                                                                const NeighbourSpace& space,
                                                                const GrowthRule& rule) {
  std::map<std::int8_t, CellList, std::greater<>> classes;
  for (const std::uint64_t cell : eligible) {
    const unsigned count = active_neighbours(layer, cell, space);
    const std::int8_t rank = rule.rank_of_count[count];
    if (rank != GrowthRule::kNotEligible) classes[rank].push_back(cell);
  }
  return classes;
}

CellList without(const CellList& cells, CellList removed) {
  std::sort(removed.begin(), removed.end());
  CellList rest;
  std::set_difference(cells.begin(), cells.end(), removed.begin(), removed.end(),
                      std::back_inserter(rest));
  return rest;
}

}  // namespace regrow::reference

// The cells that may grow: inactive ones, enumerated one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "reference/topology.h"
#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/measures.h"

namespace regrow::reference {

/// The cells without a connection that are not among `excluded`. All lists ascend.
CellList eligible_cells(const ReferenceLayer& layer, const CellList& excluded);

/// class_r of every rank r, from the highest: the eligible cells whose number of active neighbours
/// the rule gives that rank.
std::map<std::int8_t, CellList, std::greater<>> classes_by_rank(const ReferenceLayer& layer,
                                                                const CellList& eligible,
                                                                const NeighbourSpace& space,
                                                                const GrowthRule& rule);

/// Those of `cells` that are not among `removed`, which need not ascend.
CellList without(const CellList& cells, CellList removed);

}  // namespace regrow::reference

// One layer's evolution over all of its cells, one by one: what every back end's drop, candidates
// and topology are compared with.
#pragma once

#include <cstdint>
#include <set>

#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"
#include "regrow/network_state.h"

namespace regrow::tests {

using CellSet = std::set<std::uint64_t>;

/// The cells that `plan` drops.
CellSet plain_drop(const LayerState& layer, DropGroups groups, const LayerEvolution& plan);

/// How many of the neighbours of `cell` are active.
unsigned plain_neighbours(const LayerState& layer, const CellSet& active, std::uint64_t cell,
                          const NeighbourSpace& space);

/// The cells of a sparse layer that a growth by gradient scores.
CellSet plain_candidates(const EvolutionPlan& plan, std::uint32_t index, const LayerState& layer);

/// What plan.layers[index] makes of a sparse layer. Slots: those of the connections that stay.
struct PlainEvolution {
  LayerState layer;
  EvolutionReport report;  // with its cells
};
/// by_score: where growth is by gradient, the candidates that grow by it, which rounding has a say
/// in.
PlainEvolution plain_evolution(const EvolutionPlan& plan, std::uint32_t index, LayerState layer,
                               const CellSet& by_score = {});

}  // namespace regrow::tests

// Growth by gradient: what a batch says of cells that are no connections, cell by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "reference/topology.h"
#include "regrow/evolution/plan.h"

namespace regrow::reference {

/// What a step's two passes left of one layer.
struct LayerBatch {
  std::size_t size = 0;    // samples
  std::vector<double> x;   // inputs: [in][size]
  std::vector<double> dz;  // of the mean loss, before the activation: [out][size]
};

/// Σ_s dz[out][s]·x[in][s] of each cell.
std::vector<double> cell_gradients(const ReferenceLayer& layer, const LayerBatch& batch,
                                   const CellList& cells);

NeuronStrengths strengths(const ReferenceLayer& layer, std::uint32_t layer_index,
                          const LayerBatch& batch, const StrengthRequest& request);

/// Those of the `eligible` cells that are scored, by the plan's law. Both ascend.
CellList candidates(const EvolutionPlan& plan, std::uint32_t layer_index,
                    const ReferenceLayer& layer, const CellList& eligible);

/// The `count` candidates of the largest |gradient|, of equal ones the lower cells; all of them
/// where there are fewer, never one whose gradient is NaN. The result does not ascend.
CellList highest(const ReferenceLayer& layer, const LayerBatch& batch, const CellList& candidates,
                 std::uint64_t count);

}  // namespace regrow::reference

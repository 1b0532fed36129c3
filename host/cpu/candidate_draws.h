// The cells of a layer that are scored by their gradient, where those are not all.
#pragma once

#include <cstdint>

#include "cpu/candidates.h"
#include "cpu/grow.h"
#include "cpu/thread_pool.h"
#include "regrow/evolution/plan.h"

namespace regrow::cpu {

/// True where the law says that every eligible cell is a candidate.
bool scores_all(CandidateLaw law, std::uint64_t draws, std::uint64_t eligible);

/// Else: the layer's candidates among the cells that are not `taken`, ascending. Throws
/// std::logic_error where the plan's running sums do not fit the layer.
Cells drawn_candidates(const EvolutionPlan& plan, const LayerShape& layer, CellSpan taken,
                       ThreadPool& pool);

/// What drawing so many takes in memory at its height, the candidates included.
std::uint64_t bytes_of_draws(CandidateLaw law, std::uint64_t draws, std::uint32_t inputs,
                             std::uint32_t outputs);

}  // namespace regrow::cpu

// Growth by gradient: which of a layer's cells grow, as regrow/evolution/plan.h says.
#pragma once

#include <cstdint>
#include <span>

#include "cpu/score.h"
#include "network/network_plan.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cpu {

/// Of the batch of the last backward pass that left all gradients.
struct ScoredBatch {
  const Kernels& kernels;
  std::span<const LayerBatch> layers;  // hidden
};

struct GradientGrowth {
  Cells cells;  // ascending
  GrowReport report;
};

/// plan.layers[layer.index].grow cells, at least one, of those that are not `taken`. All threads of
/// the pool take part. Throws std::logic_error where there are fewer cells.
GradientGrowth grow_by_gradient(const EvolutionPlan& plan, const LayerShape& layer, CellSpan taken,
                                const ScoredBatch& batch, ThreadPool& pool);

/// What that takes in memory at its height, beside `taken` cells, where `grown` cells grow of
/// `draws` candidates.
std::uint64_t gradient_growth_bytes(const LayerPlan& layer, CandidateLaw law, std::uint64_t draws,
                                    std::uint64_t taken, std::uint64_t grown, unsigned threads);

}  // namespace regrow::cpu

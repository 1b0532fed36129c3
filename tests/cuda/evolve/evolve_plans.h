// Plans for the layers of evolve_layers.h.
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/plain_evolution.h"
#include "evolve/candidates.h"

namespace regrow::cuda {

inline constexpr MaskBudget kFromCells = {0};
inline constexpr MaskBudget kInMask = {std::numeric_limits<std::size_t>::max()};

/// A row of growth_rules().
inline GrowthRule rule_called(const std::string& name) {
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.name == name) return rule;
  }
  throw std::logic_error("no such rule");
}

/// Of the layer 2.
inline EvolutionPlan plan_of(const GrowthRule& rule, std::uint64_t grow,
                             const LayerDrop& drop = {}) {
  EvolutionPlan plan;
  plan.seed = 11;
  plan.time.number = 17;
  plan.growth.rule = rule;
  plan.reports_cells = true;
  plan.layers.resize(3);
  plan.layers[2] = {drop, {}, grow};
  return plan;
}

/// How many cells of a layer may grow after the drop of a plan.
inline std::uint64_t eligible_cells(const HostLayer& layer, const EvolutionPlan& plan) {
  EvolutionPlan nothing_grows = plan;
  nothing_grows.layers[layer.shape.index].grow = 0;
  const DropReport dropped = plain_evolve(layer, nothing_grows).report.dropped;
  return layer.cell_count() - dropped.remaining -
         (plan.growth.regrow_dropped ? 0 : dropped.dropped());
}

}  // namespace regrow::cuda

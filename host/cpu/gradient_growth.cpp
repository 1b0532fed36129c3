#include "cpu/gradient_growth.h"

#include <algorithm>

#include "cpu/candidate_draws.h"
#include "cpu/sorted_ranks.h"
#include "cpu/top_k.h"
#include "regrow/error.h"

namespace regrow::cpu {

GradientGrowth grow_by_gradient(const EvolutionPlan& plan, const LayerShape& layer, CellSpan taken,
                                const ScoredBatch& batch, ThreadPool& pool) {
  const LayerEvolution& planned = plan.layers[layer.index];
  const LayerBatch& of_layer = batch.layers[layer.index];
  const std::uint64_t eligible = layer.cell_count() - taken.size();
  REGROW_CHECK(planned.grow <= eligible, "a plan grows more cells than are eligible");
  GradientGrowth growth;
  growth.report.grown = planned.grow;
  if (scores_all(plan.growth.candidates, planned.candidates.count, eligible)) {
    growth.report.scored = eligible;
    growth.cells = largest_gradients(batch.kernels, of_layer, layer, taken, planned.grow, pool);
  } else {
    const Cells candidates = drawn_candidates(plan, layer, taken, pool);
    growth.report.scored = candidates.size();
    const LargeVector<float> gradients =
        cell_gradients(batch.kernels, of_layer, layer.inputs, candidates, pool);
    growth.cells = best_of(candidates, gradients, planned.grow);
  }
  growth.report.filled = planned.grow - growth.cells.size();
  if (growth.report.filled > 0) {
    const std::uint64_t others = eligible - growth.cells.size();
    const RankChoice fill = {
        others, growth.report.filled,
        Bijection(others, plan.seed, plan.time.shortfall(), layer.index, plan.time.number)};
    const Cells filled =
        cells_outside(merged(taken, growth.cells, pool), sorted_ranks(fill, pool), pool);
    growth.cells = merged(growth.cells, filled, pool);
  }
  return growth;
}

std::uint64_t gradient_growth_bytes(const LayerPlan& layer, CandidateLaw law, std::uint64_t draws,
                                    std::uint64_t taken, std::uint64_t grown, unsigned threads) {
  constexpr std::uint64_t kCell = sizeof(std::uint64_t);
  // What it is filled up with where candidates are too few.
  const std::uint64_t filling = kCell * (taken + 2 * grown) + sorted_ranks_bytes(grown);
  if (scores_all(law, draws, layer.cell_count() - taken)) {
    return std::max(filling,
                    bytes_of_largest_gradients(layer.inputs, layer.outputs, grown, threads));
  }
  const std::uint64_t scoring = draws * (kCell + sizeof(float)) + kCell * grown;
  return std::max({filling, scoring, bytes_of_draws(law, draws, layer.inputs, layer.outputs)});
}

}  // namespace regrow::cpu

// An evolution of sparse layers: every layer's connections are taken out once, dropped from, grown,
// and put back once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/gradient_growth.h"
#include "cpu/sparse_layer.h"
#include "cpu/thread_pool.h"
#include "network/network_plan.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cpu {

/// Executes plan.layers of the network's first layers; null are those that do not evolve, whose
/// reports stay empty. One layer after the other, each by all threads of the pool. `batch`: what
/// growth by gradient scores cells by; where it is null, a plan that grows so throws
/// std::logic_error.
std::vector<EvolutionReport> evolve_layers(const EvolutionPlan& plan,
                                           std::span<SparseLayer* const> layers, ThreadPool& pool,
                                           const ScoredBatch* batch = nullptr);

/// Executes plan.layers[index] alone, by `workers`: what comes of it does not depend on them. Cells
/// are scored by the pool. `batch` as above.
EvolutionReport evolve_layer(const EvolutionPlan& plan, std::uint32_t index, SparseLayer& layer,
                             const ScoredBatch* batch, ThreadPool& pool, Workers& workers);

/// What a run's evolutions do at most; nothing where `rule` is null.
struct EvolutionSize {
  const GrowthRule* rule = nullptr;
  double dropped = 0;  // share of the connections
  // Of a rule by gradient, which needs the gradients of a whole batch besides.
  CandidateLaw candidates = CandidateLaw::kAll;
  double candidate_ratio = 1;  // cells drawn, over the connections

  bool needs_gradients() const { return rule != nullptr && rule->by_gradient; }
};

/// What evolve_layers() takes in memory at its height, where as many connections grow as have
/// dropped. `slots`: of the optimiser.
std::uint64_t evolution_bytes(std::span<const LayerPlan> layers, const EvolutionSize& evolution,
                              std::uint32_t channels, std::size_t slots, unsigned threads);

}  // namespace regrow::cpu

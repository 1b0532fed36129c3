#include "cpu/evolve.h"

#include <algorithm>
#include <utility>

#include "cpu/candidates.h"
#include "cpu/drop.h"
#include "cpu/grow.h"
#include "evolution/class_walk.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

/// What is chosen to drop and to grow does not depend on the number of workers.
class EvolvingLayer {
 public:
  EvolvingLayer(const EvolutionPlan& plan, std::uint32_t index, SparseLayer& layer,
                const ScoredBatch* batch, ThreadPool& pool, Workers& workers)
      : plan_(plan),
        shape_{index, layer.inputs(), layer.outputs()},
        layer_(layer),
        batch_(batch),
        pool_(pool),
        workers_(workers) {}

  EvolutionReport evolve() {
    EvolutionReport report;
    connections_ = layer_.connections(workers_);
    report.dropped = drop();
    report.grown = choose();
    const Connections grown =
        grown_connections(connections_, std::move(grown_), dropped_, plan_, shape_, workers_);
    if (plan_.reports_cells) {
      report.dropped_cells.assign(dropped_.cells.begin(), dropped_.cells.end());
      report.grown_cells.assign(grown.cells.begin(), grown.cells.end());
    }
    layer_.assign(connections_, grown, workers_);
    return report;
  }

 private:
  DropReport drop() {
    const NewbornValues& newborn = plan_.newborn;
    DropRecord record;
    record.weights = newborn.keep_weights_of_regrown;
    record.slots = newborn.keep_slots_of_regrown;
    record.cells =
        record.weights || record.slots || !plan_.growth.regrow_dropped || plan_.reports_cells;
    return drop_connections(plan_.groups, plan_.layers[shape_.index], connections_, record,
                            dropped_, workers_);
  }

  GrowReport choose() {
    Cells before;  // the drop
    if (!plan_.growth.regrow_dropped) before = merged(connections_.cells, dropped_.cells, workers_);
    const CellSpan taken = plan_.growth.regrow_dropped ? connections_.cells : before;
    const GrowthRule& rule = plan_.growth.rule;
    const bool grows = plan_.layers[shape_.index].grow > 0;
    if (grows && rule.by_gradient) {
      GradientGrowth growth = grow_by_gradient(plan_, shape_, taken, *batch_, pool_);
      grown_ = std::move(growth.cells);
      return growth.report;
    }
    std::vector<NeighbourCounts> with_neighbours;
    if (grows && !rule.ignores_neighbours()) {
      with_neighbours = count_neighbours({connections_.cells, taken, shape_.inputs, shape_.outputs},
                                         plan_.growth.neighbour_space(shape_.index), workers_);
    }
    const Candidates candidates(shape_.cell_count(), taken, std::move(with_neighbours), workers_);
    const GrowthChoice choice = choose_growth(plan_, shape_.index, candidates.sizes());
    grown_ = candidates.chosen(choice);
    return choice.report;
  }

  const EvolutionPlan& plan_;
  LayerShape shape_;
  SparseLayer& layer_;
  const ScoredBatch* batch_;
  ThreadPool& pool_;
  Workers& workers_;
  Connections connections_;  // before the drop, and after it
  DroppedConnections dropped_;
  Cells grown_;
};

}  // namespace

EvolutionReport evolve_layer(const EvolutionPlan& plan, std::uint32_t index, SparseLayer& layer,
                             const ScoredBatch* batch, ThreadPool& pool, Workers& workers) {
  REGROW_CHECK(batch != nullptr || !plan.growth.rule.by_gradient,
               "growth by gradient has no gradients to score cells by");
  return EvolvingLayer(plan, index, layer, batch, pool, workers).evolve();
}

std::vector<EvolutionReport> evolve_layers(const EvolutionPlan& plan,
                                           std::span<SparseLayer* const> layers, ThreadPool& pool,
                                           const ScoredBatch* batch) {
  std::vector<EvolutionReport> reports(layers.size());
  Alone alone;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l] == nullptr) continue;
    reports[l] = evolve_layer(plan, static_cast<std::uint32_t>(l), *layers[l], batch, pool,
                              workers_for(layers[l]->size(), pool, alone));
  }
  return reports;
}

std::uint64_t evolution_bytes(std::span<const LayerPlan> layers, const EvolutionSize& evolution,
                              std::uint32_t channels, std::size_t slots, unsigned threads) {
  if (evolution.rule == nullptr) return 0;
  const double share = std::clamp(evolution.dropped, 0.0, 1.0);
  std::uint64_t most = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerPlan& layer = layers[l];
    if (layer.kind == LayerKind::kDense) continue;
    const auto grown = static_cast<std::uint64_t>(static_cast<double>(layer.connections) * share);
    const std::uint64_t held = bytes_of_connections(layer.connections, slots) +
                               bytes_of_dropped(grown, slots) + grown * sizeof(std::uint64_t);
    std::uint64_t choosing = 0;
    if (evolution.needs_gradients()) {
      const double draws = evolution.candidate_ratio * static_cast<double>(layer.connections);
      choosing =
          gradient_growth_bytes(layer, evolution.candidates, static_cast<std::uint64_t>(draws),
                                layer.connections, grown, threads);
    } else {
      choosing = candidates_bytes(layer, layer.connections - grown, grown, grown, *evolution.rule,
                                  l == 0 ? channels : 1);
    }
    // With the values of what has grown.
    const std::uint64_t assigning = grown * (1 + slots) * sizeof(float) +
                                    SparseLayer::bytes_of_assigning(layer.connections, slots);
    most = std::max(most, held + std::max(choosing, assigning));
  }
  return most;
}

}  // namespace regrow::cpu

#include "cpu/evolve.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "cpu/candidates.h"
#include "cpu/drop.h"
#include "cpu/grow.h"
#include "evolution/class_walk.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

/// One layer on its way. No step touches another layer, so that layers go side by side; only
/// neighbours are counted, and gradients scored, by all threads together.
class EvolvingLayer {
 public:
  EvolvingLayer(const EvolutionPlan& plan, std::uint32_t index, SparseLayer& layer,
                EvolutionReport& report)
      : plan_(plan),
        shape_{index, layer.inputs(), layer.outputs()},
        layer_(layer),
        report_(report) {}

  bool chooses_by_all_threads() const {
    const GrowthRule& rule = plan_.growth.rule;
    return plan_.layers[shape_.index].grow > 0 && (rule.by_gradient || !rule.ignores_neighbours());
  }

  void drop() {
    connections_ = layer_.connections();
    const NewbornValues& newborn = plan_.newborn;
    DropRecord record;
    record.weights = newborn.keep_weights_of_regrown;
    record.slots = newborn.keep_slots_of_regrown;
    record.cells =
        record.weights || record.slots || !plan_.growth.regrow_dropped || plan_.reports_cells;
    report_.dropped =
        drop_connections(plan_.groups, plan_.layers[shape_.index], connections_, record, dropped_);
  }

  /// `pool`: null where not all threads choose.
  void choose(ThreadPool* pool, const ScoredBatch* batch) {
    Cells before;  // the drop
    if (!plan_.growth.regrow_dropped) before = merged(connections_.cells, dropped_.cells);
    const Cells& taken = plan_.growth.regrow_dropped ? connections_.cells : before;
    if (pool != nullptr && plan_.growth.rule.by_gradient) {
      GradientGrowth growth = grow_by_gradient(plan_, shape_, taken, *batch, *pool);
      grown_ = std::move(growth.cells);
      report_.grown = growth.report;
      return;
    }
    std::vector<NeighbourCounts> with_neighbours;
    if (pool != nullptr) {
      with_neighbours = count_neighbours({connections_.cells, taken, shape_.inputs, shape_.outputs},
                                         plan_.growth.neighbour_space(shape_.index), *pool);
    }
    const Candidates candidates(shape_.cell_count(), taken, std::move(with_neighbours));
    const GrowthChoice choice = choose_growth(plan_, shape_.index, candidates.sizes());
    grown_ = candidates.chosen(choice);
    report_.grown = choice.report;
  }

  void grow() {
    connections_ = grow_connections(connections_, grown_, dropped_, plan_, shape_);
    if (plan_.reports_cells) {
      report_.dropped_cells = std::move(dropped_.cells);
      report_.grown_cells = std::move(grown_);
    }
    layer_.assign(connections_);
  }

 private:
  const EvolutionPlan& plan_;
  LayerShape shape_;
  SparseLayer& layer_;
  EvolutionReport& report_;
  Connections connections_;  // before the drop, after it, after the growth
  DroppedConnections dropped_;
  Cells grown_;
};

void evolve_together(std::span<EvolvingLayer> layers, ThreadPool& pool, const ScoredBatch* batch) {
  pool.run([&](unsigned thread) {
    if (thread < layers.size()) layers[thread].drop();
  });
  for (EvolvingLayer& layer : layers) {
    if (layer.chooses_by_all_threads()) layer.choose(&pool, batch);
  }
  pool.run([&](unsigned thread) {
    if (thread >= layers.size()) return;
    if (!layers[thread].chooses_by_all_threads()) layers[thread].choose(nullptr, nullptr);
    layers[thread].grow();
  });
}

std::uint64_t largest_sum(std::vector<std::uint64_t> numbers, std::size_t count) {
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < std::min(count, numbers.size()); ++i) sum += numbers[i];
  return sum;
}

}  // namespace

std::vector<EvolutionReport> evolve_layers(const EvolutionPlan& plan,
                                           std::span<SparseLayer* const> layers, ThreadPool& pool,
                                           const ScoredBatch* batch) {
  REGROW_CHECK(batch != nullptr || !plan.growth.rule.by_gradient,
               "growth by gradient has no gradients to score cells by");
  std::vector<EvolutionReport> reports(layers.size());
  std::vector<EvolvingLayer> group;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l] != nullptr) {
      group.emplace_back(plan, static_cast<std::uint32_t>(l), *layers[l], reports[l]);
    }
    if (group.size() == pool.size() || l + 1 == layers.size()) {
      evolve_together(group, pool, batch);
      group.clear();
    }
  }
  return reports;
}

std::uint64_t evolution_bytes(std::span<const LayerPlan> layers, const EvolutionSize& evolution,
                              std::uint32_t channels, std::size_t slots, unsigned threads) {
  if (evolution.rule == nullptr) return 0;
  const double share = std::clamp(evolution.dropped, 0.0, 1.0);
  std::vector<std::uint64_t> held, merging, choosing;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerPlan& layer = layers[l];
    if (layer.kind == LayerKind::kDense) continue;
    const auto grown = static_cast<std::uint64_t>(static_cast<double>(layer.connections) * share);
    held.push_back(bytes_of_connections(layer.connections, slots) + bytes_of_dropped(grown, slots) +
                   grown * sizeof(std::uint64_t));
    // With the values of what has grown.
    merging.push_back(held.back() + bytes_of_connections(layer.connections + grown, slots));
    if (evolution.needs_gradients()) {
      const double draws = evolution.candidate_ratio * static_cast<double>(layer.connections);
      choosing.push_back(gradient_growth_bytes(layer, evolution.candidates,
                                               static_cast<std::uint64_t>(draws), layer.connections,
                                               grown, threads));
    } else {
      choosing.push_back(candidates_bytes(layer, layer.connections - grown, grown, grown,
                                          *evolution.rule, l == 0 ? channels : 1));
    }
  }
  std::uint64_t most_choosing = largest_sum(choosing, 1);
  const bool is_one_at_a_time =
      evolution.needs_gradients() || !evolution.rule->ignores_neighbours();
  if (!is_one_at_a_time) most_choosing = largest_sum(choosing, threads);
  return std::max(largest_sum(held, threads) + most_choosing, largest_sum(merging, threads));
}

}  // namespace regrow::cpu

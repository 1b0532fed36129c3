#include "cpu/evolve.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "cpu/candidates.h"
#include "cpu/drop.h"
#include "cpu/grow.h"
#include "evolution/class_walk.h"

namespace regrow::cpu {
namespace {

/// One layer on its way. No step touches another layer, so that layers go side by side; only
/// neighbours are counted by all threads together.
class EvolvingLayer {
 public:
  EvolvingLayer(const EvolutionPlan& plan, std::uint32_t index, SparseLayer& layer,
                EvolutionReport& report)
      : plan_(plan),
        shape_{index, layer.inputs(), layer.outputs()},
        layer_(layer),
        report_(report) {}

  bool counts_neighbours() const {
    return !plan_.growth.rule.ignores_neighbours() && plan_.layers[shape_.index].grow > 0;
  }

  void drop() {
    connections_ = layer_.connections();
    const bool is_asked_for = !plan_.growth.regrow_dropped || plan_.newborn.keep_slots_of_regrown;
    report_.dropped = drop_connections(plan_.groups, plan_.layers[shape_.index], connections_,
                                       is_asked_for ? &dropped_ : nullptr);
  }

  /// `pool`: to count neighbours with; null where they are not counted.
  void choose(ThreadPool* pool) {
    Cells before;  // the drop
    if (!plan_.growth.regrow_dropped) before = merged(connections_.cells, dropped_.cells);
    const Cells& taken = plan_.growth.regrow_dropped ? connections_.cells : before;
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
    if (plan_.reports_cells) report_.grown_cells = std::move(grown_);
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

void evolve_together(std::span<EvolvingLayer> layers, ThreadPool& pool) {
  pool.run([&](unsigned thread) {
    if (thread < layers.size()) layers[thread].drop();
  });
  for (EvolvingLayer& layer : layers) {
    if (layer.counts_neighbours()) layer.choose(&pool);
  }
  pool.run([&](unsigned thread) {
    if (thread >= layers.size()) return;
    if (!layers[thread].counts_neighbours()) layers[thread].choose(nullptr);
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
                                           std::span<SparseLayer* const> layers, ThreadPool& pool) {
  std::vector<EvolutionReport> reports(layers.size());
  std::vector<EvolvingLayer> group;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l] != nullptr) {
      group.emplace_back(plan, static_cast<std::uint32_t>(l), *layers[l], reports[l]);
    }
    if (group.size() == pool.size() || l + 1 == layers.size()) {
      evolve_together(group, pool);
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
    choosing.push_back(candidates_bytes(layer, layer.connections - grown, grown, grown,
                                        *evolution.rule, l == 0 ? channels : 1));
  }
  std::uint64_t most_choosing = largest_sum(choosing, 1);
  if (evolution.rule->ignores_neighbours()) most_choosing = largest_sum(choosing, threads);
  return std::max(largest_sum(held, threads) + most_choosing, largest_sum(merging, threads));
}

}  // namespace regrow::cpu

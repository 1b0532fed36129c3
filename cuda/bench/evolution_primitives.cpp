// Measuring, dropping, evolving by each kind of rule and rebuilding the views, on the largest
// hidden layer. Drops, evolutions and rebuilds allocate scratch memory and wait for the device, so
// their times hold the host's; counts do neither.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "bench/step_primitives.h"
#include "evolve/drop.h"
#include "evolve/evolve.h"
#include "evolve/measure.h"

namespace regrow::cuda {
namespace {

constexpr MaskBudget kBudget = {std::size_t{256} << 20};
constexpr double kBytesPerConnection = 16;  // cell, weight and momentum
constexpr MagnitudeDigit kFirstDigit = {31, 20, 11, 0};
constexpr std::size_t kProtectedShare = 10;  // one connection in so many

struct Rule {
  std::string_view name;
  std::array<std::int8_t, 9> rank_of_count;
};
/// The three kinds: neighbours ignored, one class of them, a class for every count.
constexpr std::array<Rule, 3> kRules = {{{"random", {0, 0, 0, 0, 0, 0, 0, 0, 0}},
                                         {"one_neighbour", {-1, 0, 0, 0, 0, 0, 0, 0, 0}},
                                         {"most_neighbours", {-1, 1, 2, 3, 4, 5, 6, 7, 8}}}};

CellList some_cells(const LayerState& layer) {
  CellList cells;
  for (std::size_t i = 0; i < layer.cells.size(); i += kProtectedShare) {
    cells.push_back(layer.cells[i]);
  }
  return cells;
}

void time_measures(const LayerState& layer, const Connections& connections, const CallTimer& timer,
                   const Stream& stream, std::vector<PrimitiveTiming>& timings) {
  const CanonicalWeights weights = {{}, connections.weights.values.data(), connections.count};
  const auto count = static_cast<double>(connections.count);
  const CellList list = some_cells(layer);
  const Cells protected_cells(std::span<const std::uint64_t>(list), "protected cells", stream);
  DeviceArray<WeightCounts> counts(1, "counts", stream);
  DeviceArray<CandidateTotals> totals(1, "counts", stream);
  DeviceArray<std::uint64_t> magnitudes(std::size_t{1} << kFirstDigit.width, "counts", stream);
  counts.zero();
  totals.zero();
  magnitudes.zero();
  const auto add = [&](const char* name, double bytes, const auto& body) {
    timings.push_back({name, "", bytes, kCopy, timer.time_captured(body)});
  };
  add("count weights", count * 4,
      [&] { count_weights(weights.values, weights.count, false, counts.data(), stream); });
  add("count candidates", count * 12, [&] {
    count_candidates(weights, connections.cells, set_of(protected_cells), totals.data(), stream);
  });
  add("count magnitudes", count * 4, [&] {
    count_magnitudes(weights, connections.cells, {}, kFirstDigit, magnitudes.data(), stream);
  });
}

}  // namespace

void time_evolution(const NetworkState& network, const CallTimer& timer, const Stream& stream,
                    std::vector<PrimitiveTiming>& timings) {
  const auto largest = std::max_element(
      network.layers.begin(), network.layers.end() - 1,
      [](const LayerState& a, const LayerState& b) { return a.connections() < b.connections(); });
  const auto index = static_cast<std::uint32_t>(largest - network.layers.begin());
  const LayerShape shape = {index, largest->inputs, largest->outputs};
  const Connections connections = upload_connections(*largest, stream);
  time_measures(*largest, connections, timer, stream, timings);

  const auto count = static_cast<double>(connections.count);
  const auto add = [&](std::string name, double bytes, const auto& body) {
    timings.push_back({std::move(name), "", bytes, kCopy, timer.time_called(body)});
  };
  EvolutionPlan plan;
  plan.layers.resize(network.layers.size());
  LayerEvolution& layer = plan.layers[index];
  for (const double weight : largest->weights.values) {
    (weight < 0 ? layer.drop.negatives : layer.drop.positives) += 1;
  }
  layer.drop.negatives = layer.drop.negatives * 3 / 10;
  layer.drop.positives = layer.drop.positives * 3 / 10;
  layer.grow = layer.drop.negatives + layer.drop.positives;
  add("drop", count * 2 * kBytesPerConnection,
      [&] { drop(connections, plan.groups, layer.drop, {}, stream); });

  Topology topology(shape, connections.count, 1, stream);
  topology.assign(connections);
  for (const Rule& rule : kRules) {
    plan.growth.rule = {std::string(rule.name), rule.rank_of_count};
    // Copied, split and put together again.
    add(fmt::format("evolve {}", rule.name), count * 4 * kBytesPerConnection,
        [&] { evolve(topology.connections(), plan, shape, kBudget, stream); });
  }
  // Both views: indices of 4 bytes by row, by column and across; weights and momentum.
  add("rebuild", count * (kBytesPerConnection + 20), [&] { topology.assign(connections); });
}

}  // namespace regrow::cuda

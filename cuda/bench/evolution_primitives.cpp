// Dropping, growing by each kind of rule and rebuilding the views, on the largest hidden layer.
// They allocate scratch memory and wait for the device, so their times hold the host's; counting
// weights, of an epoch's end, does neither.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "bench/step_primitives.h"
#include "evolve/drop.h"
#include "evolve/grow.h"

namespace regrow::cuda {
namespace {

constexpr std::size_t kMaskBudget = std::size_t{256} << 20;
constexpr double kBytesPerConnection = 16;  // cell, weight and momentum

struct Rule {
  std::string_view name;
  std::array<std::int8_t, 9> rank_of_count;
};
/// The three kinds: neighbours ignored, one class of them, a class for every count.
constexpr std::array<Rule, 3> kRules = {{{"random", {0, 0, 0, 0, 0, 0, 0, 0, 0}},
                                         {"one_neighbour", {-1, 0, 0, 0, 0, 0, 0, 0, 0}},
                                         {"most_neighbours", {-1, 1, 2, 3, 4, 5, 6, 7, 8}}}};

}  // namespace

void time_evolution(const NetworkState& network, const CallTimer& timer, const Stream& stream,
                    std::vector<PrimitiveTiming>& timings) {
  const auto largest = std::max_element(
      network.layers.begin(), network.layers.end() - 1,
      [](const LayerState& a, const LayerState& b) { return a.connections() < b.connections(); });
  const auto index = static_cast<std::uint32_t>(largest - network.layers.begin());
  const LayerShape shape = {index, largest->inputs, largest->outputs};
  const Connections connections = upload_connections(*largest, stream);
  const auto count = static_cast<double>(connections.count);
  const auto add = [&](std::string name, double bytes, const auto& body) {
    timings.push_back({std::move(name), "", bytes, kCopy, timer.time_called(body)});
  };

  DeviceArray<WeightCounts> counts(1, "counts", stream);
  counts.zero();
  timings.push_back({"count weights", "", count * 4, kCopy, timer.time_captured([&] {
                       count_weights(connections.weights.data(), connections.count, false,
                                     counts.data(), stream);
                     })});

  LayerDrop plan;
  for (const double weight : largest->weights) (weight < 0 ? plan.negatives : plan.positives) += 1;
  plan.negatives = plan.negatives * 3 / 10;
  plan.positives = plan.positives * 3 / 10;
  add("drop", count * 2 * kBytesPerConnection,
      [&] { drop(connections, DropRule::kPerSign, plan, stream); });

  const DropOutcome dropped = drop(connections, DropRule::kPerSign, plan, stream);
  for (const Rule& rule : kRules) {
    GrowPlan grow_plan;
    grow_plan.rule = {rule.name, rule.rank_of_count};
    grow_plan.counts.assign(network.layers.size(), dropped.report.dropped());
    add(fmt::format("grow {}", rule.name), count * 2 * kBytesPerConnection,
        [&] { grow(dropped.kept, dropped.dropped, grow_plan, shape, kMaskBudget, stream); });
  }

  Topology topology(shape, connections.count, stream);
  // Both views: indices of 4 bytes by row, by column and across; weights and momentum.
  add("rebuild", count * (kBytesPerConnection + 20), [&] { topology.assign(connections); });
}

}  // namespace regrow::cuda

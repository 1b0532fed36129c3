// What a configuration wants dropped and grown, as the plans that a back end executes.
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {

std::vector<PlannedLayer> planned_layers(const NetworkState& network) {
  std::vector<PlannedLayer> layers;
  for (const LayerState& layer : network.layers) {
    layers.push_back({layer.kind, layer.cell_count(), layer.budget});
  }
  return layers;
}

DropPlan plan_drop(const Config& config, std::span<const PlannedLayer> layers,
                   std::span<const WeightCounts> counts) {
  REGROW_CHECK(counts.size() == layers.size(), "one count of weights per layer");
  DropPlan plan;
  plan.rule = config.drop;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const bool evolves = layers[l].kind == LayerKind::kSparse;
    const auto zeta = static_cast<std::uint32_t>(config.zeta_millionths);
    plan.layers.push_back(evolves ? drop_counts(config.drop, counts[l], zeta) : LayerDrop());
  }
  return plan;
}

GrowPlan plan_growth(const Config& config, const InputImage& image,
                     std::span<const PlannedLayer> layers, std::span<const DropReport> dropped,
                     double theta, std::uint32_t time) {
  REGROW_CHECK(dropped.size() == layers.size(), "one report of a drop per layer");
  GrowPlan plan;
  plan.seed = static_cast<std::uint64_t>(config.seed);
  plan.time = time;
  plan.rule = growth_rule(config.grow);
  plan.tie = config.grow_tie;
  plan.neighbourhood = config.neighbourhood;
  plan.image = image;
  plan.fresh_weights = config.grow_value == GrowValue::kFresh;
  plan.init = config.weight_init;
  plan.keep_momentum_of_regrown = config.momentum_reset == MomentumReset::kNever;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const PlannedLayer& layer = layers[l];
    const bool evolves = layer.kind == LayerKind::kSparse;
    plan.counts.push_back(evolves ? grow_count(theta, layer.budget, dropped[l], config.delta,
                                               layer.cells - dropped[l].remaining)
                                  : 0);
  }
  return plan;
}

}  // namespace regrow

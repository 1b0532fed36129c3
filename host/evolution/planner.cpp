#include "evolution/planner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "evolution/candidate_draws.h"
#include "evolution/drop_counts.h"
#include "evolution/grow_count.h"
#include "evolution/pause.h"
#include "evolution/regrowth_ratio.h"
#include "evolution/young_connections.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

std::uint64_t sum_of_signs(const WeightCounts& counts) {
  return counts.negatives + counts.positives + counts.zeros;
}

std::uint64_t difference_or_none(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

/// What drops of a layer, zeros included.
std::uint64_t dropped_by(DropGroups groups, const LayerDrop& drop, const WeightCounts& candidates) {
  return groups == DropGroups::kTogether ? drop.smallest
                                         : drop.negatives + drop.positives + candidates.zeros;
}

/// Drops `more` of each sign in proportion to what a drop leaves of it. A layer's connections are
/// counted in 32 bits, so that the products fit.
void drop_more(std::uint64_t more, const WeightCounts& candidates, LayerDrop& drop) {
  const std::uint64_t negatives = candidates.negatives - drop.negatives;
  const std::uint64_t positives = candidates.positives - drop.positives;
  const std::uint64_t left = negatives + positives;
  if (left == 0) return;
  more = std::min(more, left);
  const std::uint64_t of_negatives = more * negatives / left;
  drop.negatives += of_negatives;
  drop.positives += more - of_negatives;
}

}  // namespace

std::vector<PlannedLayer> planned_layers(const NetworkState& network) {
  std::vector<PlannedLayer> layers;
  for (const LayerState& layer : network.layers) {
    layers.push_back({layer.kind, layer.cell_count(), layer.budget});
  }
  return layers;
}

EvolutionPlanner::EvolutionPlanner(PlannerSettings settings) : settings_(std::move(settings)) {
  double budget = 0, cells = 0;
  for (const PlannedLayer& layer : settings_.layers) {
    if (layer.kind == LayerKind::kDense) continue;
    budget += static_cast<double>(layer.budget);
    cells += static_cast<double>(layer.cells);
  }
  first_density_ = cells > 0 ? budget / cells : 0;
}

bool EvolutionPlanner::is_due(std::uint64_t steps) const {
  return is_evolution_due(settings_.config, settings_.span, steps);
}

std::uint64_t EvolutionPlanner::steps_to_interval(std::uint64_t steps) const {
  return regrow::steps_to_interval(settings_.config, settings_.span, steps);
}

EvolutionDecision EvolutionPlanner::decide(const EvolutionPoint& point,
                                           const History& history) const {
  const EvolutionConfig& config = settings_.config;
  const double progress = schedule_progress(config, settings_.span, point.step);
  EvolutionDecision decision;
  decision.point = point;
  decision.is_paused = pauses(config, history);
  decision.theta = regrowth_ratio(config, history, settings_.classes);
  decision.zeta_millionths = zeta_at(config, progress);
  // A network without connections has no density to start from, and no curve of it.
  decision.density =
      first_density_ > 0
          ? density_at(config, first_density_, density_progress(config, settings_.span, point.step))
          : 0;
  const bool is_constant = config.density_schedule == Curve::kConstant || first_density_ == 0;
  const double scale = is_constant ? 1 : decision.density / first_density_;
  for (const PlannedLayer& layer : settings_.layers) {
    const bool evolves = layer.kind == LayerKind::kSparse;
    const auto wanted = static_cast<double>(layer.budget) * scale;
    const std::uint64_t scaled =
        is_constant ? layer.budget : static_cast<std::uint64_t>(std::llround(wanted));
    decision.targets.push_back(evolves ? std::min(scaled, layer.cells) : 0);
  }
  return decision;
}

MeasureRequest EvolutionPlanner::request(const EvolutionPoint& point,
                                         const EvolutionState& state) const {
  MeasureRequest request;
  request.protected_cells = protected_cells(state.young);
  const EvolutionConfig& config = settings_.config;
  if (config.grow.by_gradient && draws_by_strength(config.candidates)) {
    request.strengths = {config.candidates, settings_.seed, point.time().number};
  }
  return request;
}

std::optional<MagnitudeSearch> EvolutionPlanner::search(const EvolutionDecision& decision,
                                                        std::span<const LayerMeasures> measures,
                                                        std::uint32_t key_bits) const {
  const DropRule rule = settings_.config.drop;
  if (!drop_rule_row(rule).spans_layers) return std::nullopt;
  WeightCounts all;
  std::uint64_t candidates = 0, target = 0;
  for (std::size_t l = 0; l < measures.size(); ++l) {
    if (settings_.layers[l].kind == LayerKind::kDense) continue;
    all.positives += sum_of_signs(measures[l].weights);  // the sign is of no account
    candidates += sum_of_signs(measures[l].candidates);
    target += decision.targets[l];
  }
  const std::uint64_t by_zeta = drop_counts(rule, all, decision.zeta_millionths).smallest;
  const std::uint64_t count = std::max(by_zeta, surplus(all.positives, target));
  return MagnitudeSearch(std::min(count, candidates), key_bits, measures.size());
}

/// Connections beyond the target that a schedule makes drop. Without one a layer may outgrow its
/// start.
std::uint64_t EvolutionPlanner::surplus(std::uint64_t connections, std::uint64_t target) const {
  const bool is_constant = settings_.config.density_schedule == Curve::kConstant;
  return is_constant ? 0 : difference_or_none(connections, target);
}

LayerDrop EvolutionPlanner::plan_drop(const EvolutionDecision& decision, std::size_t layer,
                                      const LayerMeasures& measures,
                                      std::span<const std::uint64_t> smallest) const {
  const DropRuleRow& rule = drop_rule_row(settings_.config.drop);
  LayerDrop drop;
  if (rule.spans_layers) {
    drop.smallest = smallest[layer];
    return drop;
  }
  const WeightCounts& candidates = measures.candidates;
  const std::uint64_t too_many = surplus(sum_of_signs(measures.weights), decision.targets[layer]);
  drop = drop_counts(rule.rule, measures.weights, decision.zeta_millionths);
  if (rule.groups == DropGroups::kTogether) {
    drop.smallest = std::min(std::max(drop.smallest, too_many), sum_of_signs(candidates));
    return drop;
  }
  drop.negatives = std::min(drop.negatives, candidates.negatives);
  drop.positives = std::min(drop.positives, candidates.positives);
  const std::uint64_t dropped = dropped_by(DropGroups::kBySign, drop, candidates);
  drop_more(difference_or_none(too_many, dropped), candidates, drop);
  return drop;
}

/// A drop over all layers may leave some above their target: then the others grow so much less that
/// together they do not exceed it.
void EvolutionPlanner::plan_growth(const EvolutionDecision& decision,
                                   std::span<const LayerMeasures> measures,
                                   EvolutionPlan& plan) const {
  const EvolutionConfig& config = settings_.config;
  std::vector<DroppedLayer> layers(measures.size());
  std::uint64_t target = 0, remaining = 0, missing = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (settings_.layers[l].kind == LayerKind::kDense) continue;
    DroppedLayer& layer = layers[l];
    layer.dropped = dropped_by(plan.groups, plan.layers[l].drop, measures[l].candidates);
    layer.remaining = sum_of_signs(measures[l].weights) - layer.dropped;
    layer.target = decision.targets[l];
    layer.eligible = settings_.layers[l].cells - layer.remaining -
                     (plan.growth.regrow_dropped ? 0 : layer.dropped);
    target += layer.target;
    remaining += layer.remaining;
    missing += difference_or_none(layer.target, layer.remaining);
  }
  const std::uint64_t room = difference_or_none(target, remaining);
  const bool is_short = drop_rule_row(config.drop).spans_layers && room < missing;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    DroppedLayer& layer = layers[l];
    if (is_short && layer.target > layer.remaining) {
      const double share = static_cast<double>(room) / static_cast<double>(missing);
      const auto below = static_cast<double>(layer.target - layer.remaining);
      layer.target = layer.remaining + static_cast<std::uint64_t>(share * below);
    }
    plan.layers[l].grow = grow_count(decision.theta, config.delta, layer);
  }
}

EvolutionPlan EvolutionPlanner::plan(const EvolutionDecision& decision,
                                     std::span<const LayerMeasures> measures,
                                     std::span<const std::uint64_t> smallest,
                                     const EvolutionState& state) const {
  const EvolutionConfig& config = settings_.config;
  const std::size_t layers = settings_.layers.size();
  const DropRuleRow& rule = drop_rule_row(config.drop);
  REGROW_CHECK(measures.size() == layers && decision.targets.size() == layers &&
                   smallest.size() == (rule.spans_layers ? layers : 0) &&
                   (state.young.empty() || state.young.size() == layers),
               "one of everything per layer");
  EvolutionPlan plan;
  plan.seed = settings_.seed;
  plan.time = decision.point.time();
  plan.groups = rule.groups;
  const bool by_gradient = config.grow.by_gradient;
  plan.growth = {.rule = config.grow,
                 .tie = config.grow_tie,
                 .neighbourhood = config.neighbourhood,
                 .image = settings_.image,
                 .regrow_dropped = config.regrow_dropped,
                 .candidates = config.candidates};
  // What its gradient brings back at once has never gone.
  plan.newborn = {.fresh_weights = config.grow_value == GrowValue::kFresh,
                  .init = settings_.weight_init,
                  .keep_slots_of_regrown = settings_.keeps_slots || by_gradient,
                  .keep_weights_of_regrown = by_gradient};
  plan.reports_cells = true;
  plan.layers.resize(layers);
  for (std::size_t l = 0; l < layers; ++l) {
    if (settings_.layers[l].kind == LayerKind::kDense) continue;
    LayerEvolution& layer = plan.layers[l];
    layer.drop = plan_drop(decision, l, measures[l], smallest);
    if (!state.young.empty()) layer.protected_cells = state.young[l].cells;
    if (!by_gradient) continue;
    layer.candidates = candidate_draws(config.candidates, config.candidate_ratio,
                                       sum_of_signs(measures[l].weights), measures[l].strengths);
  }
  plan_growth(decision, measures, plan);
  return plan;
}

}  // namespace regrow

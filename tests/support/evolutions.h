// Evolutions planned by hand or by a back end's measures, for tests that need some, and not what a
// configuration says of them.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "evolution/candidate_draws.h"
#include "evolution/drop_counts.h"
#include "regrow/backend.h"
#include "regrow/evolution/evolution_config.h"
#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/plan.h"

namespace regrow::tests {

/// A row of growth_rules(), or a rule written out.
inline GrowthRule rule_of(const std::string& text) {
  const auto rule = parse_growth_rule(text);
  if (!rule) throw std::logic_error("no growth rule is " + text);
  return *rule;
}

/// Drops the share ζ of every layer by a rule other than kGlobalMagnitude, and grows as many. All
/// else is for the caller to say.
inline EvolutionPlan evolution_of(Backend& backend, DropRule rule, std::uint32_t zeta_millionths) {
  EvolutionPlan plan;
  plan.groups = rule == DropRule::kPerSign ? DropGroups::kBySign : DropGroups::kTogether;
  for (const LayerMeasures& measures : backend.measure({})) {
    LayerEvolution& layer = plan.layers.emplace_back();
    layer.drop = drop_counts(rule, measures.candidates, zeta_millionths);
    const std::uint64_t zeros = rule == DropRule::kPerSign ? measures.candidates.zeros : 0;
    layer.grow = layer.drop.negatives + layer.drop.positives + layer.drop.smallest + zeros;
  }
  return plan;
}

/// The same by gradient, of the step that differentiate() has just had.
inline EvolutionPlan scored_evolution_of(Backend& backend, CandidateLaw law, double ratio,
                                         std::uint32_t zeta_millionths, std::uint32_t step) {
  EvolutionPlan plan = evolution_of(backend, DropRule::kMagnitude, zeta_millionths);
  plan.seed = 3;
  plan.time = {step, true};
  plan.growth.rule = rule_of("gradient");
  plan.growth.candidates = law;
  plan.newborn.keep_slots_of_regrown = true;
  plan.newborn.keep_weights_of_regrown = true;
  MeasureRequest request;
  if (draws_by_strength(law)) request.strengths = {law, plan.seed, step};
  const std::vector<LayerMeasures> measures = backend.measure(request);
  for (std::size_t l = 0; l < measures.size(); ++l) {
    const WeightCounts& of = measures[l].weights;
    if (plan.layers[l].grow == 0) continue;
    plan.layers[l].candidates =
        candidate_draws(law, ratio, of.negatives + of.positives + of.zeros, measures[l].strengths);
  }
  return plan;
}

}  // namespace regrow::tests

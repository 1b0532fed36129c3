// Evolutions planned by hand or by a back end's measures, for tests that need some, and not what a
// configuration says of them.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

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

}  // namespace regrow::tests

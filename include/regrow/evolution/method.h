// The methods, a row each: what a network starts as, and the parts an evolution is made of. Every
// part that a row names is a default, which the part's own setting overrides.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "regrow/evolution/evolution_config.h"
#include "regrow/evolution/plan.h"

namespace regrow {

/// What pauses a method where the setting `pause` says `auto`.
enum class OwnPause : std::uint8_t { kNone, kItsMeasure };

struct MethodRow {
  Method method = Method::kSet;
  std::string_view name;

  // Start and schedule. The schedule's parts are the settings of the same names.
  bool is_dense = false;  // starts with every connection of the hidden layers, and has no masks
  bool evolves = true;    // false: the connections stay what they are at first

  EvolutionInterval evolve_every = {};
  double evolve_until = 1;
  Curve zeta_schedule = Curve::kConstant;

  // Drop, amount, growth source, pause. Where `evolves` is false they are without a meaning.
  DropRule drop = DropRule::kPerSign;
  /// What may steer the regrowth ratio θ, the default first; none: θ is theta_scale.
  std::vector<Measure> measures;
  std::string_view grow = "random";  // a row of growth_rules()
  CandidateLaw candidates = CandidateLaw::kAll;
  OwnPause pause = OwnPause::kNone;

  // What people read.
  std::string_view amount;   // θ, as a formula in words
  std::string_view summary;  // a sentence without a full stop
  std::string_view source;   // whose it is, as docs/methods.md lists it
};

/// All methods, in the order of their enumerators. Flags, help, docs and tests walk this table.
std::span<const MethodRow> method_rows();
const MethodRow& method_row(Method method);

/// What a drop rule is called, and does. How many it drops is in host/evolution/drop_counts.cpp.
struct DropRuleRow {
  DropRule rule = DropRule::kPerSign;
  std::string_view name;
  DropGroups groups = DropGroups::kBySign;
  bool spans_layers = false;  // chooses among all sparse layers together; then kTogether
  std::string_view summary;
};
std::span<const DropRuleRow> drop_rule_rows();
const DropRuleRow& drop_rule_row(DropRule rule);

}  // namespace regrow

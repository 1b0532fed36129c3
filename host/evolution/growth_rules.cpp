// Where to grow, as a table: a row gives each number of active neighbours, 0 to 8, its rank; cells
// are taken by falling rank. A new rule is a new row; options and tests walk the table.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {
namespace {

constexpr std::int8_t kNever = GrowthRule::kNotEligible;

// most_neighbours leaves cells without a neighbour to the random fill: among equals that is the
// same law as a last class of rank 0, stays random when ties go by index (which would pile such
// cells up in the first rows), and the report then says how many there were.
constexpr std::array<GrowthRule, 4> kRules = {{
    {"random", {0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"one_neighbour", {kNever, 0, 0, 0, 0, 0, 0, 0, 0}},
    {"most_neighbours", {kNever, 1, 2, 3, 4, 5, 6, 7, 8}},
    {"pixel_neighbour", {kNever, 0, 0, 0, 0, 0, 0, 0, 0}, true},
}};

}  // namespace

std::span<const GrowthRule> growth_rules() { return kRules; }

const GrowthRule& growth_rule(const std::string& name) {
  std::vector<std::string> names;
  for (const GrowthRule& rule : kRules) {
    if (rule.name == name) return rule;
    names.emplace_back(rule.name);
  }
  throw UsageError(fmt::format("grow: no rule is called '{}'{}; there are {}", name,
                               did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace regrow

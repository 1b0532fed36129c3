#include "cli/table/rule_names.h"

#include <algorithm>
#include <map>

namespace regrow {

RuleNames::RuleNames(const std::vector<const Config*>& configs) {
  std::map<std::string, const GrowthRule*> first;  // by name
  for (const Config* config : configs) {
    const auto [same, is_new] = first.try_emplace(config->grow.name, &config->grow);
    if (!is_new && *same->second != config->grow) ambiguous_.push_back(config->grow.name);
  }
}

std::string RuleNames::of(const GrowthRule& rule) const {
  const bool is_ambiguous =
      std::find(ambiguous_.begin(), ambiguous_.end(), rule.name) != ambiguous_.end();
  return is_ambiguous ? to_text(rule) : short_text(rule);
}

}  // namespace regrow

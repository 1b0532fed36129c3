// Growth rules that a TOML file defines, and names that mean them.
//
//   [[growth_rule]]
//   name = "few"
//   ranks = [0, 1, 1, 0, 0, 0, 0, 0, "never"]   # of cells with 0, 1, … 8 active neighbours
//   in_image = false                            # neighbours in the mask
//
//   [evolution]
//   grow = "few"
#pragma once

#include <toml++/toml.h>

#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow {

/// The key of these tables in a file's root.
inline constexpr const char* kGrowthRules = "growth_rule";

/// The rules that `root` defines, in the order of the file, which `file` names. Throws UsageError
/// with file and line on a table that is none, a name that is given twice or means another rule,
/// and ranks that are not nine.
std::vector<GrowthRule> read_growth_rules(const toml::table& root, const std::string& file);

/// `value` of the setting, or, of `grow` and one of these rules' names, the rule written out, which
/// says everywhere what it is; of others what their `spelt_out` says.
std::string spelt_out(const Setting& setting, const std::string& value,
                      std::span<const GrowthRule> rules);
/// All of them spelt out.
std::vector<GivenFlag> spelt_out(std::span<const GivenFlag> given,
                                 std::span<const GrowthRule> rules);

}  // namespace regrow

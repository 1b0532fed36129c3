// What growth rules are called in one table.
#pragma once

#include <string>
#include <vector>

#include "regrow/config.h"

namespace regrow {

/// A rule is called by its name alone, unless another rule of the table has the same; then, and
/// where it has none, by all that it is.
class RuleNames {
 public:
  RuleNames() = default;
  explicit RuleNames(const std::vector<const Config*>& configs);

  std::string of(const GrowthRule& rule) const;

 private:
  std::vector<std::string> ambiguous_;
};

}  // namespace regrow

#include "config/growth_rule_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "config/parse_toml.h"
#include "regrow/error.h"

namespace regrow {
namespace {

constexpr const char* kExample = R"(such as name = "few", ranks = [0, 1, 1, 0, 0, 0, 0, 0, 0])";

class RuleReader {
 public:
  explicit RuleReader(const std::string& file) : file_(file) {}

  std::vector<GrowthRule> read(const toml::node& node) {
    const toml::array* tables = node.as_array();
    if (tables == nullptr || !tables->is_array_of_tables()) {
      refuse(node, "growth rules are tables, each under a line [[growth_rule]]");
    }
    for (const toml::node& each : *tables) rules_.push_back(read_rule(*each.as_table()));
    return std::move(rules_);
  }

 private:
  [[noreturn]] void refuse(const toml::node& node, const std::string& what) const {
    throw UsageError(fmt::format("{}: {}", toml_place(node.source(), file_), what));
  }

  GrowthRule read_rule(const toml::table& table) const {
    check_keys(table);
    const std::string name = read_name(table);
    const toml::node* ranks = table.get("ranks");
    const toml::array* list = ranks == nullptr ? nullptr : ranks->as_array();
    if (list == nullptr) {
      refuse(ranks == nullptr ? static_cast<const toml::node&>(table) : *ranks,
             fmt::format("growth rule {} needs ranks, {}", name, kExample));
    }
    std::vector<std::string> words;
    for (const toml::node& rank : *list) words.push_back(word_of(rank, name));
    const bool in_image = read_in_image(table, name);
    const std::string text =
        fmt::format("{}={}ranks:{}", name, in_image ? "pixel_" : "", fmt::join(words, ","));
    std::string fault;
    const std::optional<GrowthRule> rule = parse_growth_rule(text, &fault);
    if (!rule) refuse(*ranks, fmt::format("growth rule {}: {}", name, fault));
    return *rule;
  }

  void check_keys(const toml::table& table) const {
    static const std::vector<std::string> known = {"name", "ranks", "in_image"};
    for (const auto& [key, node] : table) {
      const std::string word(key.str());
      if (std::find(known.begin(), known.end(), word) != known.end()) continue;
      refuse(node, fmt::format("unknown key '{}' of a growth rule{}; keys: {}", excerpt(word),
                               did_you_mean(word, known), fmt::join(known, ", ")));
    }
  }

  std::string read_name(const toml::table& table) const {
    const toml::node* node = table.get("name");
    if (node == nullptr || node->as_string() == nullptr) {
      refuse(node == nullptr ? static_cast<const toml::node&>(table) : *node,
             fmt::format("a growth rule needs a name, {}", kExample));
    }
    std::string name = node->as_string()->get();
    const std::string fault = fault_of_rule_name(name);
    if (!fault.empty()) refuse(*node, "growth rule: " + fault);
    const auto is_same = [&](const GrowthRule& rule) { return rule.name == name; };
    if (std::any_of(rules_.begin(), rules_.end(), is_same)) {
      refuse(*node, fmt::format("two growth rules are called {}; rename one", name));
    }
    return name;
  }

  std::string word_of(const toml::node& rank, const std::string& name) const {
    if (const auto* number = rank.as_integer()) return std::to_string(number->get());
    // Commas part the ranks of the text that this becomes a part of.
    if (const auto* text = rank.as_string(); text != nullptr && text->get() == "never") {
      return text->get();
    }
    refuse(rank, fmt::format(R"(growth rule {}: a rank is an integer or "never")", name));
  }

  bool read_in_image(const toml::table& table, const std::string& name) const {
    const toml::node* node = table.get("in_image");
    if (node == nullptr) return false;
    if (node->as_boolean() == nullptr) {
      refuse(*node, fmt::format("growth rule {}: in_image is true or false, without quotes", name));
    }
    return node->as_boolean()->get();
  }

  const std::string& file_;
  std::vector<GrowthRule> rules_;
};

}  // namespace

std::vector<GrowthRule> read_growth_rules(const toml::table& root, const std::string& file) {
  const toml::node* node = root.get(kGrowthRules);
  return node == nullptr ? std::vector<GrowthRule>() : RuleReader(file).read(*node);
}

std::string spelt_out(const Setting& setting, const std::string& value,
                      std::span<const GrowthRule> rules) {
  if (setting.spelt_out) return setting.spelt_out(value);
  if (setting.key != "grow") return value;
  const auto named = std::find_if(rules.begin(), rules.end(),
                                  [&](const GrowthRule& rule) { return rule.name == value; });
  return named == rules.end() ? value : to_text(*named);
}

std::vector<GivenFlag> spelt_out(std::span<const GivenFlag> given,
                                 std::span<const GrowthRule> rules) {
  std::vector<GivenFlag> spelt(given.begin(), given.end());
  for (GivenFlag& each : spelt) each.value = spelt_out(*each.setting, each.value, rules);
  return spelt;
}

}  // namespace regrow

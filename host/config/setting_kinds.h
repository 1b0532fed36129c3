// Makers of the table's rows: one for each kind of value, each parsing and printing exactly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"

namespace regrow {

struct RealRange {
  double lowest = 0;
  double highest = 0;
  bool without_lowest = false;
  bool without_highest = false;
};

Setting text(std::string key, std::string Config::*member, std::string allowed, std::string help);
/// `accepts` checks a text that may be anything.
Setting checked_text(std::string key, std::string Config::*member, std::string allowed,
                     bool (*accepts)(const std::string&), std::string help);
/// A name out of a list that is not an enumeration.
Setting named(std::string key, std::string Config::*member, std::vector<std::string> names,
              std::string help);
Setting integer(std::string key, std::int64_t Config::*member, std::int64_t lowest,
                std::int64_t highest, std::string help);
Setting integers(std::string key, std::vector<std::int64_t> Config::*member, std::int64_t lowest,
                 std::int64_t highest, bool may_be_empty, std::string help);
Setting real(std::string key, double Config::*member, RealRange range, std::string help);
Setting on_off(std::string key, bool Config::*member, std::string help);
/// A decimal in [0, 1] of at most six digits after the point, held in millionths.
Setting millionths(std::string key, std::int64_t Config::*member, std::string help);

/// One of an enumeration's names. `member` is of Config or of one of its sections.
template <typename Enum, typename Section>
Setting choice(std::string key, Enum Section::*member,
               std::vector<std::pair<Enum, std::string>> names, std::string help);
/// A value that `read` makes of a text, or nothing where it is not allowed, and `print` writes so
/// that it reads back exactly.
template <typename Value, typename Section>
Setting parsed(std::string key, SettingKind kind, Value Section::*member, std::string allowed,
               std::optional<Value> (*read)(const std::string&), std::string (*print)(const Value&),
               std::string help);

std::string joined(const std::vector<std::string>& words);

template <typename Enum, typename Section>
Setting choice(std::string key, Enum Section::*member,
               std::vector<std::pair<Enum, std::string>> names, std::string help) {
  Setting setting;
  setting.key = std::move(key);
  setting.help = std::move(help);
  for (const auto& [value, name] : names) setting.choices.push_back(name);
  setting.allowed = joined(setting.choices);
  setting.parse = [names, member](Config& config, const std::string& text) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& entry) { return entry.second == text; });
    if (found == names.end()) return false;
    config.*member = found->first;
    return true;
  };
  setting.to_string = [names, member](const Config& config) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
      return entry.first == config.*member;
    });
    return found != names.end() ? found->second : std::string("an unknown enumerator");
  };
  return setting;
}

template <typename Value, typename Section>
Setting parsed(std::string key, SettingKind kind, Value Section::*member, std::string allowed,
               std::optional<Value> (*read)(const std::string&), std::string (*print)(const Value&),
               std::string help) {
  Setting setting;
  setting.key = std::move(key);
  setting.kind = kind;
  setting.allowed = std::move(allowed);
  setting.help = std::move(help);
  setting.parse = [member, read](Config& config, const std::string& text) {
    const std::optional<Value> value = read(text);
    if (value) config.*member = *value;
    return value.has_value();
  };
  setting.to_string = [member, print](const Config& config) { return print(config.*member); };
  return setting;
}

}  // namespace regrow

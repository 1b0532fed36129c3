// The table itself, from the rows of its sections, and how a row is found.

#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "config/setting_sections.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::vector<Setting> make_table() {
  std::vector<Setting> table;
  const auto append = [&table](const std::string& section, std::vector<Setting> rows) {
    for (Setting& row : rows) {
      row.section = section;
      table.push_back(std::move(row));
    }
  };
  append("", preset_settings());
  append("data", data_settings());
  append("network", network_settings());
  append("training", training_settings());
  append("evolution", evolution_settings());
  append("run", run_settings());
  return table;
}

}  // namespace

std::string flag_of(const std::string& key) {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool says_what_computes(const Setting& setting) {
  return setting.key == "device" || setting.key == "simd" || setting.key == "activation_dtype";
}

std::string Setting::flag() const { return flag_of(key); }

void Setting::set_from_string(Config& config, const std::string& value,
                              const std::string& source) const {
  if (parse(config, value)) return;
  const std::string why = fault ? fault(value) : std::string();
  throw UsageError(fmt::format("{}: '{}' is not allowed{}; allowed: {}{}", source, excerpt(value),
                               why.empty() ? why : " (" + why + ")", allowed,
                               did_you_mean(value, choices)));
}

void Setting::check(const Config& config) const {
  Config copy = config;
  set_from_string(copy, to_string(config), flag());
}

std::span<const Setting> settings() {
  static const std::vector<Setting> table = make_table();
  return table;
}

const Setting* find_setting(const std::string& name) {
  for (const Setting& setting : settings()) {
    if (name == setting.key || name == setting.flag()) return &setting;
    if (!name.empty() && name == setting.alias) return &setting;
  }
  return nullptr;
}

std::string value_text(const Config& config, const std::string& key) {
  return find_setting(key)->to_string(config);
}

std::string flag_and_value(const Config& config, const std::string& key) {
  return fmt::format("{}: '{}'", flag_of(key), value_text(config, key));
}

const Setting* find_setting_by_any_key(const std::string& key) {
  for (const Setting& setting : settings()) {
    const std::vector<std::string>& old = setting.old_keys;
    if (setting.key == key || std::find(old.begin(), old.end(), key) != old.end()) return &setting;
  }
  return nullptr;
}

const GivenFlag* find_given(std::span<const GivenFlag> given, std::string_view key) {
  const auto last = std::find_if(given.rbegin(), given.rend(),
                                 [&](const GivenFlag& flag) { return flag.setting->key == key; });
  return last == given.rend() ? nullptr : &*last;
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    if (!setting.section.empty() && (names.empty() || names.back() != setting.section)) {
      names.push_back(setting.section);
    }
  }
  return names;
}

}  // namespace regrow

// Configurations as TOML: read with toml++, which knows where each value stands; written row by row
// in the table's order, which toml++ would sort.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "config/connection_source.h"
#include "config/growth_rule_tables.h"
#include "config/parse_toml.h"
#include "config/setting_kinds.h"
#include "config/settings.h"
#include "config/toml_values.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// What acts on a terminal stands in escapes.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const char c = text[at];
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (character.code < 0 || !is_hidden(character.code)) {
      result += text.substr(at, character.bytes);
    } else if (character.code <= 0xFFFF) {
      result += fmt::format("\\u{:04X}", character.code);
    } else {
      result += fmt::format("\\U{:08X}", character.code);
    }
    at += character.bytes;
  }
  return result + '"';
}

std::string toml_value(const Setting& setting, const std::string& text) {
  switch (setting.kind) {
    case SettingKind::kText:
    case SettingKind::kTextOrReal:
    case SettingKind::kTextOrList:
      return quoted(text);
    case SettingKind::kIntegers:
      return "[" + text + "]";
    case SettingKind::kInteger:
    case SettingKind::kReal:
    case SettingKind::kSwitch:
      break;
  }
  return text;
}

// Shortest and without an exponent, so that a decimal of up to 15 digits, as ζ, is the one written.
std::string decimal(double value) {
  std::array<char, 400> buffer{};
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), result.ptr};
}

/// The elements' text, separated by commas; nothing where one is of another type.
std::optional<std::string> list_text(const toml::array& list, SettingKind kind) {
  std::vector<std::string> words;
  for (const toml::node& element : list) {
    std::optional<std::string> word = toml_text(element, SettingKind::kInteger);
    if (!word && kind == SettingKind::kTextOrList && !element.is_array()) {
      word = toml_text(element, SettingKind::kTextOrReal);
    }
    if (!word) return std::nullopt;
    words.push_back(*std::move(word));
  }
  return fmt::format("{}", fmt::join(words, ","));
}

class TomlReader {
 public:
  explicit TomlReader(const TomlSource& file) : source_(file.name), others_(file.other_names) {}

  TomlSettings read(const std::string& text) {
    const toml::table root = parse_toml(text, source_);
    settings_.growth_rules = read_growth_rules(root, source_);
    read_root(root);
    return std::move(settings_);
  }

 private:
  void read_root(const toml::table& root) {
    const std::vector<std::string> sections = section_names();
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      if (name == kGrowthRules) continue;
      if (std::find(others_.begin(), others_.end(), name) != others_.end()) continue;
      const bool is_section = std::find(sections.begin(), sections.end(), name) != sections.end();
      if (const toml::table* section = node.as_table(); section != nullptr && is_section) {
        for (const auto& [inner_key, inner] : *section) {
          read_setting(name, std::string(inner_key.str()), inner);
        }
      } else if (section != nullptr && find_in("", name) == nullptr) {
        throw UsageError(fmt::format("{}: unknown section [{}]{}; sections: {}",
                                     place(node.source()), excerpt(name),
                                     did_you_mean(name, sections), joined(sections)));
      } else {
        read_setting("", name, node);
      }
    }
  }

  void read_setting(const std::string& section, const std::string& key, const toml::node& node) {
    const Setting* setting = find_in(section, key);
    if (setting == nullptr) throw UsageError(unknown_key(section, key, node));
    std::optional<std::string> text = toml_text(node, setting->kind);
    const std::string where = fmt::format("{}: {}", place(node.source()), key);
    if (!text) {
      throw UsageError(fmt::format("{}: must be {}; allowed: {}", where, toml_type(setting->kind),
                                   setting->allowed));
    }
    text = spelt_out(*setting, *text, settings_.growth_rules);
    Config checked;
    setting->set_from_string(checked, *text, where);
    refuse_second(*setting, where);
    if (key != setting->key) {
      settings_.notes.push_back(fmt::format("{} is now {}", where, setting->key));
    }
    settings_.given.push_back({setting, *text, where});
  }

  /// Of one key TOML itself refuses it.
  void refuse_second(const Setting& setting, const std::string& where) const {
    for (const GivenFlag& given : settings_.given) {
      if (given.setting != &setting) continue;
      throw UsageError(fmt::format("{} and {} are the same setting, {}; leave one out", where,
                                   given.place, setting.key));
    }
  }

  std::string unknown_key(const std::string& section, const std::string& key,
                          const toml::node& node) const {
    const std::string where = place(node.source());
    if (const Setting* elsewhere = find_setting_by_any_key(key)) {
      const std::string& right = elsewhere->section;
      return fmt::format("{}: {} belongs {}", where, key,
                         right.empty() ? "above all sections" : "in section [" + right + "]");
    }
    std::vector<std::string> keys;
    for (const Setting& setting : settings()) keys.push_back(setting.key);
    // Words of the command line, such as lr of --lr, are near too.
    const Setting* flag = find_setting("--" + key);
    const std::string in = section.empty() ? "above all sections" : "in section [" + section + "]";
    return fmt::format("{}: unknown key '{}' {}{}", where, excerpt(key), in,
                       did_you_mean(flag != nullptr ? flag->key : key, keys));
  }

  static const Setting* find_in(const std::string& section, const std::string& key) {
    const Setting* setting = find_setting_by_any_key(key);
    return setting != nullptr && setting->section == section ? setting : nullptr;
  }

  std::string place(const toml::source_region& region) const { return toml_place(region, source_); }

  TomlSettings settings_;
  const std::string& source_;
  const std::vector<std::string>& others_;
};

}  // namespace

const char* toml_type(SettingKind kind) {
  switch (kind) {
    case SettingKind::kText:
      return "a string in quotes";
    case SettingKind::kTextOrReal:
      return "a string in quotes or a number";
    case SettingKind::kTextOrList:
      return "a string in quotes, or a list of strings or numbers in brackets";
    case SettingKind::kInteger:
      return "an integer";
    case SettingKind::kReal:
      return "a number";
    case SettingKind::kSwitch:
      return "true or false, without quotes";
    case SettingKind::kIntegers:
      return "a list of integers in brackets";
  }
  return "";
}

std::optional<std::string> toml_text(const toml::node& node, SettingKind kind) {
  const bool takes_text = kind == SettingKind::kText || kind == SettingKind::kTextOrReal ||
                          kind == SettingKind::kTextOrList;
  const bool takes_real = kind == SettingKind::kReal || kind == SettingKind::kTextOrReal;
  if (const auto* value = node.as_string(); value != nullptr && takes_text) return value->get();
  if (const auto* value = node.as_floating_point(); value != nullptr && takes_real) {
    return decimal(value->get());
  }
  if (const auto* value = node.as_integer();
      value != nullptr && (takes_real || kind == SettingKind::kInteger)) {
    return std::to_string(value->get());
  }
  if (const auto* value = node.as_boolean(); value != nullptr && kind == SettingKind::kSwitch) {
    return value->get() ? "true" : "false";
  }
  const bool takes_list = kind == SettingKind::kIntegers || kind == SettingKind::kTextOrList;
  if (const auto* list = node.as_array(); list != nullptr && takes_list) {
    return list_text(*list, kind);
  }
  return std::nullopt;
}

std::string to_toml(const Config& given, bool meaning_only) {
  Config config = given;
  settle_connections(config);  // what does not decide could not be read back beside what does
  std::string toml;
  std::string section;
  for (const Setting& setting : settings()) {
    if (meaning_only && !setting.is_in_checkpoints) continue;
    if (setting.section != section) {
      section = setting.section;
      toml += fmt::format("\n[{}]\n", section);
    }
    toml += fmt::format("{} = {}\n", setting.key, toml_value(setting, setting.to_string(config)));
  }
  return toml;
}

void apply_toml(Config& config, const std::string& toml, const std::string& source) {
  apply_toml(config, TomlSource{toml, source, {}});
}

TomlSettings read_toml(const TomlSource& file) { return TomlReader(file).read(file.text); }

void apply_toml(Config& config, const TomlSource& file) {
  const TomlSettings of_file = read_toml(file);
  const double usual_epsilon = preset_config(config.preset, config.dataset).epsilon;
  Config applied = config;
  settle_connections(applied);
  apply_settings(applied, of_file.given, Layer::kFile, usual_epsilon);
  config = applied;
}

}  // namespace regrow

// The table of settings, as people and programs read it. What presets and data sets have is asked
// of preset_config(), and so never out of date.
#include "cli/settings_reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "cli/setting_flags.h"
#include "cli/terminal/text_layout.h"
#include "config/connection_source.h"
#include "config/settings.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

const std::vector<std::string>& presets() { return find_setting("preset")->choices; }
const std::vector<std::string>& datasets() { return find_setting("dataset")->choices; }

std::string value_with(const Setting& setting, const std::string& preset,
                       const std::string& dataset, Method method = Config().method) {
  Config named;
  find_setting("preset")->set_from_string(named, preset, "preset");
  find_setting("dataset")->set_from_string(named, dataset, "dataset");
  Config config = preset_config(named.preset, named.dataset, method);
  settle_connections(config);
  return shown_value(setting, config);
}

bool depends_on_preset(const Setting& setting) {
  if (setting.key == "preset" || setting.key == "dataset") return false;
  for (const std::string& preset : presets()) {
    for (const std::string& dataset : datasets()) {
      if (value_with(setting, preset, dataset) != shown_default(setting)) return true;
    }
  }
  return false;
}

/// "64,64 (synthetic), 1000 (mnist, …)", or the one value of all data sets.
std::string values_with(const Setting& setting, const std::string& preset) {
  std::vector<std::pair<std::string, std::vector<std::string>>> values;
  for (const std::string& dataset : datasets()) {
    const std::string value = value_with(setting, preset, dataset);
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const auto& entry) { return entry.first == value; });
    (found != values.end() ? found->second
                           : values.emplace_back(value, std::vector<std::string>()).second)
        .push_back(dataset);
  }
  if (values.size() == 1) return values.front().first;
  std::vector<std::string> words;
  words.reserve(values.size());
  for (const auto& [value, of] : values) {
    words.push_back(fmt::format("{} ({})", value, fmt::join(of, ", ")));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

/// The methods that have another value than the default, in every preset and for every data set.
std::vector<std::pair<std::string, std::string>> values_of_methods(const Setting& setting) {
  std::vector<std::pair<std::string, std::string>> values;
  if (setting.key == "method" || depends_on_preset(setting)) return values;
  for (const MethodRow& row : method_rows()) {
    std::string value = value_with(setting, presets().front(), datasets().front(), row.method);
    if (value != shown_default(setting)) values.emplace_back(row.name, std::move(value));
  }
  return values;
}

std::string flags_of(const Setting& setting) {
  return setting.flag() + (setting.alias.empty() ? "" : ", " + setting.alias);
}

/// In a table's cell a bar would end it.
std::string in_cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + in_cell(text) + "`"; }

std::string meaning_in_markdown(const Setting& setting) {
  std::string text = in_cell(setting.help);
  if (!setting.old_keys.empty()) {
    text += fmt::format("; formerly `{}`", fmt::join(setting.old_keys, "`, `"));
  }
  return text;
}

std::string section_in_markdown(const std::string& section) {
  std::string text =
      section.empty() ? "\n## Above all sections\n" : fmt::format("\n## [{}]\n", section);
  text +=
      "\n| Flag | TOML key | Default | Allowed | Resume | Meaning |\n|---|---|---|---|---|---|\n";
  for (const Setting& setting : settings()) {
    if (setting.section != section) continue;
    const std::string alias = setting.alias.empty() ? "" : ", " + code(setting.alias);
    text += fmt::format("| {}{} | {} | {} | {} | {} | {} |\n", code(setting.flag()), alias,
                        code(setting.key), code(shown_default(setting)), in_cell(setting.allowed),
                        setting.may_change_on_resume ? "yes" : "", meaning_in_markdown(setting));
  }
  return text;
}

std::string presets_in_markdown() {
  std::string text = "\n## Values by preset and data set\n\n| TOML key | Preset |";
  for (const std::string& dataset : datasets()) text += fmt::format(" {} |", code(dataset));
  text += "\n|---|---|";
  for (std::size_t i = 0; i < datasets().size(); ++i) text += "---|";
  text += '\n';
  const auto row = [&](const Setting& setting, const std::string& preset, Method method) {
    std::string cells;
    for (const std::string& dataset : datasets()) {
      cells += fmt::format(" {} |", code(value_with(setting, preset, dataset, method)));
    }
    return cells;
  };
  for (const Setting& setting : settings()) {
    if (!depends_on_preset(setting)) continue;
    for (const std::string& preset : presets()) {
      const std::string usual = row(setting, preset, Config().method);
      const std::string dense = row(setting, preset, Method::kDense);
      text += fmt::format("| {} | {} |{}\n", code(setting.key), code(preset), usual);
      if (dense != usual) {
        text += fmt::format("| | {}, {} |{}\n", code(preset), code("--method dense"), dense);
      }
    }
  }
  return text;
}

std::string methods_in_markdown() {
  std::string text =
      "\n## Values by method\n\n| TOML key | `--method` | Default |\n|---|---|---|\n";
  for (const Setting& setting : settings()) {
    for (const auto& [method, value] : values_of_methods(setting)) {
      text += fmt::format("| {} | {} | {} |\n", code(setting.key), code(method), code(value));
    }
  }
  return text;
}

std::vector<std::string> all_sections() {
  std::vector<std::string> names = section_names();
  names.insert(names.begin(), "");
  return names;
}

}  // namespace

std::string settings_as_text(std::size_t columns) {
  constexpr std::size_t kMostColumns = 120, kIndent = 4;
  const std::size_t width = std::min(columns, kMostColumns) - kIndent;
  std::string text;
  const auto add = [&](const std::string& paragraph) {
    for (const std::string& line : wrapped(paragraph, width)) {
      text += std::string(kIndent, ' ') + line + '\n';
    }
  };
  for (const std::string& section : all_sections()) {
    text += fmt::format("{}{}\n", text.empty() ? "" : "\n",
                        section.empty() ? "Above all sections" : "[" + section + "]");
    for (const Setting& setting : settings()) {
      if (setting.section != section) continue;
      text += fmt::format("\n{}\n", setting.key);
      add(fmt::format("{} {}", flags_of(setting), placeholder(setting)));
      add(help_of(setting));
      if (!setting.old_keys.empty()) {
        add(fmt::format("formerly {}", fmt::join(setting.old_keys, ", ")));
      }
      for (const auto& [method, value] : values_of_methods(setting)) {
        add(fmt::format("method {}: {}", method, value));
      }
      if (!depends_on_preset(setting)) continue;
      for (const std::string& preset : presets()) {
        add(fmt::format("preset {}: {}", preset, values_with(setting, preset)));
      }
    }
  }
  return text;
}

std::string settings_as_markdown() {
  std::string text =
      "# Settings\n\n"
      "Every setting of a run: as a flag of `regrow train`, `regrow config` and `regrow sweep`, "
      "and "
      "as a key\nin a section of a TOML file. Flags beat the file, and the file beats the preset. "
      "Default: of preset\n`default` for `cifar10`; what others have stands at the end. Resume: "
      "whether `regrow train --resume`\nmay change it. `regrow config --describe markdown` prints "
      "this page.\n";
  for (const std::string& section : all_sections()) text += section_in_markdown(section);
  return text + presets_in_markdown() + methods_in_markdown();
}

std::string settings_as_json() {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Setting& setting : settings()) {
    nlohmann::ordered_json entry = {{"section", setting.section},
                                    {"key", setting.key},
                                    {"flag", setting.flag()},
                                    {"alias", setting.alias},
                                    {"formerly", setting.old_keys},
                                    {"type", placeholder(setting)},
                                    {"default", shown_default(setting)},
                                    {"allowed", setting.allowed},
                                    {"choices", setting.choices},
                                    {"meaning", setting.help},
                                    {"main", setting.is_main},
                                    {"local", setting.is_local},
                                    {"may_change_on_resume", setting.may_change_on_resume}};
    for (const std::string& preset : presets()) {
      for (const std::string& dataset : datasets()) {
        entry["presets"][preset][dataset] = value_with(setting, preset, dataset);
      }
    }
    for (const auto& [method, value] : values_of_methods(setting)) {
      entry["methods"][method] = value;
    }
    all.push_back(std::move(entry));
  }
  return all.dump(2) + "\n";
}

}  // namespace regrow

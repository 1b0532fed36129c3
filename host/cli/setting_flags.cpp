// The flags of settings, from the one table of settings.
#include "cli/setting_flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "regrow/error.h"

namespace regrow {
namespace {

void give(std::vector<GivenFlag>& flags, GivenFlag given) {
  for (const GivenFlag& before : flags) {
    if (before.setting != given.setting) continue;
    throw UsageError(fmt::format("{} is now {}, which is given too; leave one out",
                                 before.place.empty() ? given.place : before.place,
                                 given.setting->flag()));
  }
  flags.push_back(std::move(given));
}

}  // namespace

std::string placeholder(const Setting& setting) {
  switch (setting.kind) {
    case SettingKind::kInteger:
      return "INTEGER";
    case SettingKind::kReal:
      return "NUMBER";
    case SettingKind::kIntegers:
      return "LIST";
    case SettingKind::kSwitch:
      return "BOOL";
    case SettingKind::kText:
    case SettingKind::kTextOrReal:
    case SettingKind::kTextOrList:
      break;
  }
  return setting.choices.empty() ? "TEXT" : "WORD";
}

std::string shown_value(const Setting& setting, const Config& config) {
  std::string value = setting.to_string(config);
  if (!value.empty()) return value;
  // Of a list "none" is a value, too; of a folder it would be a name.
  return setting.kind == SettingKind::kText ? "empty" : "none";
}

std::string shown_default(const Setting& setting) {
  return shown_value(setting, preset_config(PresetName::kDefault, DatasetName::kCifar10));
}

std::string help_of(const Setting& setting) {
  return fmt::format("[{}] {} ({})", shown_default(setting), setting.help, setting.allowed);
}

void add_setting(CLI::App& command, const Setting& setting, std::vector<GivenFlag>& flags) {
  const auto add = [&](const std::string& names, const std::string& place) {
    return command
        .add_option_function<std::string>(
            names,
            [&flags, &setting, place](const std::string& value) {
              give(flags, {&setting, value, place});
            },
            help_of(setting))
        ->type_name(placeholder(setting))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  add(setting.flag() + (setting.alias.empty() ? std::string() : "," + setting.alias), "")
      ->group(setting.section.empty() ? "Above all sections"
                                      : fmt::format("[{}]", setting.section));
  for (const std::string& old_key : setting.old_keys) {
    const std::string old_flag = flag_of(old_key);
    add(old_flag, old_flag)->group("");
  }
}

void add_settings(CLI::App& command, std::vector<GivenFlag>& flags, const std::string& except) {
  command.set_help_all_flag("--help-all", "Print every setting, by section, and exit");
  command.footer(
      "In brackets: the default, of preset `default` for cifar10; `regrow config` shows what any "
      "combination makes, `regrow config --describe text` what other presets and data sets have.");
  for (const Setting& setting : settings()) {
    if (setting.key != except) add_setting(command, setting, flags);
  }
}

std::vector<std::string> notes_of(const std::vector<GivenFlag>& flags) {
  std::vector<std::string> notes;
  for (const GivenFlag& given : flags) {
    if (!given.place.empty()) {
      notes.push_back(fmt::format("{} is now {}", given.place, given.setting->flag()));
    }
  }
  return notes;
}

}  // namespace regrow

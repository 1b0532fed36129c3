// The one table of all settings. Whoever needs them walks it: the command line registers a flag for
// each row, a TOML file is read and written row by row, and resolve() checks every row's range.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regrow/config.h"

namespace regrow {

/// How a setting is written in a TOML file. On the command line all are text; a list is separated
/// by commas ("4000,1000,4000"), a switch is "true" or "false". kTextOrList: a string, or a list of
/// strings or numbers, which is their text separated by commas.
enum class SettingKind : std::uint8_t {
  kText,
  kTextOrReal,
  kTextOrList,
  kInteger,
  kReal,
  kSwitch,
  kIntegers
};

struct Setting {
  std::string section;  // of the TOML file; "" for `preset`, which stands above all sections
  std::string key;      // "learning_rate"
  std::string help;     // one line, without the default and what is allowed
  SettingKind kind = SettingKind::kText;
  std::string allowed;               // "a number above 0", or the choices: "random, one_neighbour"
  std::vector<std::string> choices;  // all of them, or empty where it is no choice

  std::string alias;                  // a second flag ("--lr"), or ""
  std::vector<std::string> old_keys;  // earlier names, which are understood for ever
  bool is_main = false;               // among the few that the short help shows
  bool is_local = false;              // says where and how fast, not what
  bool is_in_checkpoints = true;      // no path is, nor what is local
  bool may_change_on_resume = false;  // a resumed run may set it anew

  /// False where the text is not allowed; then the configuration is as before.
  std::function<bool(Config&, const std::string&)> parse;
  /// Why parse() gives nothing, as "has 8 ranks, but there are 9"; empty where `allowed` says it
  /// all.
  std::function<std::string(const std::string&)> fault;
  /// A value that parse() allows, as text that depends on nothing outside it: of a file's name what
  /// the file holds. None where every value is so.
  std::function<std::string(const std::string&)> spelt_out;
  /// The value as text that parse() reads back exactly.
  std::function<std::string(const Config&)> to_string;

  /// "--learning-rate"
  std::string flag() const;
  /// Throws UsageError "SOURCE: 'VALUE' is not allowed; …" naming what is allowed and, among
  /// choices, the nearest one. `source`: the flag, or file, line and key.
  void set_from_string(Config& config, const std::string& value, const std::string& source) const;
  /// Throws as set_from_string() where the value that `config` holds is not allowed.
  void check(const Config& config) const;
};

/// In the order of Config: `preset` first, then section by section.
std::span<const Setting> settings();
/// By key or by flag (or alias); nullptr if there is none.
const Setting* find_setting(const std::string& name);
/// The value of the setting with this key, as its to_string() prints it. There must be one.
std::string value_text(const Config& config, const std::string& key);
/// "--loss: 'mse'", as messages begin. There must be a setting with this key.
std::string flag_and_value(const Config& config, const std::string& key);
/// By a key or an earlier one; nullptr if there is none.
const Setting* find_setting_by_any_key(const std::string& key);
/// True of the device, its instruction set and how it stores activations: what a run may have anew
/// where it goes on elsewhere.
bool says_what_computes(const Setting& setting);
/// "learning_rate" as "--learning-rate".
std::string flag_of(const std::string& key);
/// The sections' names in order, without "".
std::vector<std::string> section_names();

/// A setting as given on the command line or in a file.
struct GivenFlag {
  const Setting* setting;
  std::string value;
  std::string place{};  // "run.toml:7: epochs", or an earlier flag ("--graph"); empty: its flag

  /// What errors call it.
  std::string source() const { return place.empty() ? setting->flag() : place; }
};
/// The one that counts, the last, of the setting with this key; nullptr if there is none.
const GivenFlag* find_given(std::span<const GivenFlag> given, std::string_view key);

struct TomlSource {
  std::string text;
  std::string name;                        // the file, for errors
  std::vector<std::string> other_names{};  // in its root, that are no business of a configuration
};
/// What a file sets, each setting once, with values that are allowed.
struct TomlSettings {
  std::vector<GivenFlag> given;
  std::vector<std::string> notes;  // of earlier names in it: "run.toml:7: graph is now cuda_graph"
  std::vector<GrowthRule> growth_rules;  // that it defines; those that `given` names are spelt out
};
/// Throws UsageError as apply_toml().
TomlSettings read_toml(const TomlSource& file);
/// As the apply_toml() of regrow/config.h.
void apply_toml(Config& config, const TomlSource& file);

/// The preset's values, over them the file's, over them the flags', which may name growth rules
/// that the file defines; not resolved. The preset, the data set, the method and the optimiser are
/// those of the flags, else of the file, else of `Config`. Throws UsageError where file or flags
/// say in two ways how many connections there are at first (connection_source.h).
Config layered_config(const std::optional<TomlSource>& file, std::span<const GivenFlag> flags);
/// The same of a file that has been read, where growth rules are spelt out (growth_rule_tables.h).
Config config_of_layers(std::span<const GivenFlag> of_file, std::span<const GivenFlag> flags);

}  // namespace regrow

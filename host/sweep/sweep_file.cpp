// Reads a sweep's file: toml++ sorts a table's keys, so the order of the file is taken from where
// each value stands.
#include "sweep/sweep_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "config/growth_rule_tables.h"
#include "config/parse_toml.h"
#include "config/toml_values.h"
#include "regrow/error.h"
#include "sweep/extended_runs.h"

namespace regrow {
namespace {

constexpr std::size_t kMostRuns = 10000;
constexpr std::size_t kLongestName = 200;  // of 255 that file systems allow, with room for ".log"

/// Settings of one choice along an axis of the sweep.
struct Choice {
  std::string name;  // its part of the run's name
  std::vector<GivenFlag> settings;
};
using Axis = std::vector<Choice>;

/// A value as a part of a run's name. A growth rule written out is its name, or its ranks, whose
/// commas would part it from the next setting.
std::string name_of_value(const GivenFlag& given) {
  if (given.setting->key != "grow") return given.value;
  Config config;
  given.setting->set_from_string(config, given.value, given.place);
  std::string name = short_text(config.grow);
  std::replace(name.begin(), name.end(), ',', '-');
  return name;
}

class SweepReader {
 public:
  SweepReader(const TomlSource& file, std::vector<std::string>& notes)
      : file_(file), notes_(notes) {}

  std::vector<Axis> read() {
    const toml::table root = parse_toml(file_.text, file_.name);
    rules_ = read_growth_rules(root, file_.name);
    std::vector<Axis> axes;
    if (const toml::node* variants = root.get("variant")) axes.push_back(read_variants(*variants));
    if (const toml::node* grid = root.get("grid")) read_grid(*grid, axes);
    return axes;
  }

 private:
  [[noreturn]] void refuse(const toml::node& node, const std::string& what) const {
    throw UsageError(fmt::format("{}: {}", toml_place(node.source(), file_.name), what));
  }

  using Entry = std::pair<std::string, const toml::node*>;

  static std::vector<Entry> in_file_order(const toml::table& table) {
    std::vector<Entry> entries;
    for (const auto& [key, node] : table) entries.emplace_back(std::string(key.str()), &node);
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      const auto place = [](const Entry& entry) {
        const toml::source_position at = entry.second->source().begin;
        return std::pair(at.line, at.column);
      };
      return place(a) < place(b);
    });
    return entries;
  }

  const Setting& setting_of(const std::string& key, const toml::node& node) {
    const Setting* setting = find_setting_by_any_key(key);
    if (setting == nullptr) {
      std::vector<std::string> keys;
      for (const Setting& each : settings()) keys.push_back(each.key);
      refuse(node, fmt::format("unknown setting '{}'{}", excerpt(key), did_you_mean(key, keys)));
    }
    if (setting->is_local) {
      refuse(node, fmt::format("{} says where and how fast, not what: it cannot vary in a sweep; "
                               "set it in section [{}]",
                               key, setting->section));
    }
    if (key != setting->key) {
      notes_.push_back(fmt::format("{}: {} is now {}", toml_place(node.source(), file_.name), key,
                                   setting->key));
    }
    return *setting;
  }

  GivenFlag value_of(const Setting& setting, const toml::node& node) const {
    const auto text = toml_text(node, setting.kind);
    if (!text) {
      refuse(node, fmt::format("{}: must be {}; allowed: {}", setting.key, toml_type(setting.kind),
                               setting.allowed));
    }
    Config checked;
    GivenFlag given{&setting, spelt_out(setting, *text, rules_),
                    fmt::format("{}: {}", toml_place(node.source(), file_.name), setting.key)};
    setting.set_from_string(checked, given.value, given.place);
    return given;
  }

  Axis read_variants(const toml::node& node) {
    const toml::array* variants = node.as_array();
    if (variants == nullptr || !variants->is_array_of_tables()) {
      refuse(node, "variants are tables, each under a line [[variant]]");
    }
    Axis axis;
    for (const toml::node& element : *variants) {
      const toml::table& table = *element.as_table();
      const toml::node* name = table.get("name");
      if (name == nullptr || name->as_string() == nullptr || name->as_string()->get().empty()) {
        refuse(element, "a variant needs a name, such as name = \"mine\"");
      }
      Choice& choice = axis.emplace_back();
      choice.name = name->as_string()->get();
      for (const auto& [key, value] : in_file_order(table)) {
        if (key != "name") choice.settings.push_back(value_of(setting_of(key, *value), *value));
      }
    }
    return axis;
  }

  void read_grid(const toml::node& node, std::vector<Axis>& axes) {
    const toml::table* grid = node.as_table();
    if (grid == nullptr) refuse(node, "the grid is a table: a line [grid], then lists");
    for (const auto& [key, value] : in_file_order(*grid)) {
      const Setting& setting = setting_of(key, *value);
      Axis& axis = axes.emplace_back();
      // Copied: clang 14 captures no structured binding by reference.
      const auto add = [&, name = std::string(key)](const toml::node& one) {
        const GivenFlag given = value_of(setting, one);
        axis.push_back({fmt::format("{}={}", name, name_of_value(given)), {given}});
      };
      // A list of integers is one value of some settings. Of texts it is several: one that is a
      // list itself is a list in the list.
      const toml::array* list = value->as_array();
      const bool is_one_value = list == nullptr || (setting.kind == SettingKind::kIntegers &&
                                                    toml_text(*value, setting.kind).has_value());
      if (is_one_value && !(list != nullptr && list->empty())) {
        add(*value);
      } else {
        for (const toml::node& one : *list) add(one);
      }
      if (axis.empty()) refuse(*value, fmt::format("{}: the list is empty", key));
    }
  }

  const TomlSource& file_;
  std::vector<std::string>& notes_;
  std::vector<GrowthRule> rules_;
};

/// What a sweep's folder holds beside its runs, and what file systems take as a name.
void check_name(const TomlSource& file, const std::string& name) {
  for (const char* taken : {kLogs, kFailures, kSweepCopy}) {
    if (name == taken) {
      throw UsageError(
          fmt::format("{}: a run cannot be called {}, which the sweep's folder holds "
                      "anyway; rename the variant",
                      file.name, name));
    }
  }
  if (name.size() > kLongestName) {
    constexpr std::size_t kQuoted = 40;
    throw UsageError(
        fmt::format("{}: the run's name {} has {} bytes, more than {}; give its settings in a "
                    "[[variant]] with a short name",
                    file.name, excerpt(name, kQuoted), name.size(), kLongestName));
  }
}

/// Throws where the combinations are too many to be meant.
void check_count(const TomlSource& file, std::span<const Axis> axes) {
  std::size_t runs = 1;
  for (const Axis& axis : axes) {
    runs *= axis.size();
    if (runs > kMostRuns) {
      throw UsageError(
          fmt::format("{}: more than {} runs; shorten the lists in [grid]", file.name, kMostRuns));
    }
  }
}

void check_flags(std::span<const GivenFlag> flags, std::span<const Axis> axes) {
  for (const GivenFlag& flag : flags) {
    if (flag.setting->key == "out") {
      throw UsageError("--out: is the sweep's folder; runs are named by their settings");
    }
    for (const Axis& axis : axes) {
      for (const Choice& choice : axis) {
        for (const GivenFlag& varied : choice.settings) {
          if (varied.setting != flag.setting) continue;
          throw UsageError(fmt::format("{}: the sweep varies it; edit the sweep's file instead",
                                       flag.setting->flag()));
        }
      }
    }
  }
}

/// "DynSET2,grow=random": as the file spells it.
std::string spelled_name(std::span<const Choice* const> choices) {
  std::string name;
  for (const Choice* choice : choices) name += (name.empty() ? "" : ",") + choice->name;
  return name;
}

/// The folders of a sweep's runs: no two of them may be one, on whatever file system.
class FolderNames {
 public:
  explicit FolderNames(const TomlSource& file) : file_(file) {}

  /// Throws UsageError naming both where the run would have another one's folder.
  void add(const std::string& name) {
    const std::string folder = as_folder_name(name);
    std::string compared = case_folded(folder);
    compared.erase(compared.find_last_not_of('.') + 1);  // which some file systems ignore
    const auto [other, is_new] = runs_.try_emplace(std::move(compared), name);
    if (is_new) return;
    if (other->second == name) {
      throw UsageError(
          fmt::format("{}: two runs are called {}; give each value and each variant once",
                      file_.name, excerpt(name)));
    }
    const bool is_equal = as_folder_name(other->second) == folder;
    throw UsageError(
        fmt::format("{}: the runs '{}' and '{}' would have one folder, {}{}; rename a "
                    "variant",
                    file_.name, excerpt(other->second), excerpt(name), excerpt(folder),
                    is_equal ? "" : ", where case and dots at the end do not count"));
  }

 private:
  const TomlSource& file_;
  std::unordered_map<std::string, std::string> runs_;  // by what tells folders apart
};

/// `base`: what the file sets beside what varies.
SweepRun make_run(const TomlSource& file, const TomlSettings& base,
                  std::span<const GivenFlag> flags, const std::filesystem::path& folder,
                  std::span<const Choice* const> choices) {
  SweepRun run;
  std::vector<GivenFlag> given(flags.begin(), flags.end());
  std::set<const Setting*> varied;
  for (const Choice* choice : choices) {
    for (const GivenFlag& setting : choice->settings) {
      if (!varied.insert(setting.setting).second) {
        throw UsageError(fmt::format("{}: {} is in a variant and in the grid; leave one out",
                                     file.name, setting.setting->key));
      }
      given.push_back(setting);
    }
  }
  run.name = as_folder_name(spelled_name(choices));
  check_name(file, run.name);
  try {
    run.config = config_of_layers(base.given, given);
    run.config.out = (folder / run.name).string();
    resolve(run.config);
    const auto end_of_flags = given.begin() + static_cast<std::ptrdiff_t>(flags.size());
    const auto is_epochs = [](const GivenFlag& one) { return one.setting->key == "epochs"; };
    given.erase(std::remove_if(given.begin(), end_of_flags, is_epochs), end_of_flags);
    run.epochs_of_file = config_of_layers(base.given, given).epochs;
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: run {}: {}", file.name, run.name, error.what()));
  }
  return run;
}

}  // namespace

std::string as_folder_name(const std::string& name) {
  constexpr std::int32_t kFirstBeyondAscii = 0x80;
  std::string folder;
  for (std::size_t at = 0; at < name.size();) {
    const Character character = character_at(name, at);
    const bool is_kept =
        character.code >= kFirstBeyondAscii
            ? !is_hidden(character.code) && !is_blank(character.code)
            : std::isalnum(static_cast<unsigned char>(name[at])) != 0 ||
                  std::string_view("=,._-+").find(name[at]) != std::string_view::npos;
    folder += is_kept ? name.substr(at, character.bytes) : "-";
    at += character.bytes;
  }
  if (folder.starts_with('.')) folder.front() = '-';
  return folder;
}

std::vector<SweepRun> read_sweep(const TomlSource& file, std::span<const GivenFlag> flags,
                                 const std::filesystem::path& folder,
                                 std::vector<std::string>* notes) {
  std::vector<std::string> of_variation;
  const std::vector<Axis> axes = SweepReader(file, of_variation).read();
  if (axes.empty()) {
    throw UsageError(
        fmt::format("{}: nothing varies; add a section [grid] with lists of values, or [[variant]]",
                    file.name));
  }
  check_flags(flags, axes);
  check_count(file, axes);
  TomlSource text = file;
  text.other_names = {"grid", "variant"};
  const TomlSettings base = read_toml(text);
  const std::vector<GivenFlag> spelt_flags = spelt_out(flags, base.growth_rules);
  if (notes != nullptr) {
    *notes = base.notes;
    notes->insert(notes->end(), of_variation.begin(), of_variation.end());
  }

  std::vector<SweepRun> runs;
  FolderNames names(file);
  std::vector<std::size_t> at(axes.size(), 0);
  while (true) {
    std::vector<const Choice*> choices;
    for (std::size_t a = 0; a < axes.size(); ++a) choices.push_back(&axes[a][at[a]]);
    runs.push_back(make_run(file, base, spelt_flags, folder, choices));
    names.add(spelled_name(choices));
    std::size_t axis = 0;
    while (axis < axes.size() && ++at[axis] == axes[axis].size()) at[axis++] = 0;
    if (axis == axes.size()) break;
  }
  const std::vector<std::string> restarts = check_restarts(runs, file.name);
  const std::vector<std::string> spans = check_evolution_spans(runs, file.name);
  if (notes != nullptr) {
    for (const auto& lines : {restarts, spans, notes_of_longer_runs(runs)}) {
      notes->insert(notes->end(), lines.begin(), lines.end());
    }
  }
  return runs;
}

}  // namespace regrow

// Runs that differ in nothing but their seeds are one row of a table.
#include "study/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace regrow {
namespace {

bool is_one_of(const std::string& key, std::span<const char* const> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Rules written out come last, as they come.
std::size_t place_of(const GrowthRule& grow) {
  const auto rules = growth_rules();
  return static_cast<std::size_t>(std::find(rules.begin(), rules.end(), grow) - rules.begin());
}

/// Equal of those that do not differ.
std::string settings_of_row(const Config& config) {
  std::string values;
  for (const Setting& setting : settings()) {
    if (tells_rows_apart(setting)) values += setting.to_string(config) + '\0';
  }
  return values;
}

}  // namespace

Moments Row::of(Quantity quantity) const {
  std::vector<double> values;
  for (const RunResult& run : runs) {
    if (const auto value = run[quantity]) values.push_back(*value);
  }
  return moments(values);
}

bool tells_rows_apart(const Setting& setting) {
  static constexpr std::array kNever = {"preset", "seed", "data_seed"};
  static constexpr std::array kOfDevice = {"device", "activation_dtype"};
  if (setting.is_local || is_one_of(setting.key, kNever)) return false;
  return setting.section != "run" || is_one_of(setting.key, kOfDevice);
}

std::vector<const Setting*> differences(const Config& a, const Config& b) {
  std::vector<const Setting*> different;
  for (const Setting& setting : settings()) {
    if (tells_rows_apart(setting) && setting.to_string(a) != setting.to_string(b)) {
      different.push_back(&setting);
    }
  }
  return different;
}

bool same_seeds(const Config& a, const Config& b) {
  return a.seed == b.seed && a.data_seed == b.data_seed;
}

GroupedRuns group_by_settings(std::vector<RunResult> runs) {
  GroupedRuns grouped;
  std::vector<Row>& rows = grouped.rows;
  std::unordered_map<std::string, std::vector<std::size_t>> places;   // of rows, by their settings
  std::vector<std::string> origins;                                   // of rows
  using Seeds = std::tuple<std::size_t, std::int64_t, std::int64_t>;  // of a row
  std::map<Seeds, std::string> folders;
  for (RunResult& run : runs) {
    std::vector<std::size_t>& alike = places[settings_of_row(run.config)];
    const auto same = std::find_if(alike.begin(), alike.end(), [&](std::size_t row) {
      return run.origin.empty() || origins[row].empty() || origins[row] == run.origin;
    });
    const std::size_t place = same != alike.end() ? *same : rows.size();
    if (same == alike.end()) {
      if (!alike.empty()) {
        grouped.warnings.push_back(
            fmt::format("{}: was trained on other data, or from another network, than {}: a row of "
                        "its own",
                        run.folder.string(), rows[alike.front()].runs.front().folder.string()));
      }
      alike.push_back(place);
      rows.push_back({run.config, {}});
      origins.emplace_back();
    }
    if (origins[place].empty()) origins[place] = run.origin;
    const auto [twin, is_new] = folders.try_emplace(
        Seeds(place, run.config.seed, run.config.data_seed), run.folder.string());
    if (is_new) {
      rows[place].runs.push_back(std::move(run));
    } else {
      // The same run again: as one more seed it would make the mean look surer than it is.
      grouped.warnings.push_back(fmt::format("{}: has the settings and the seed of {}; left out",
                                             run.folder.string(), twin->second));
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const auto order = [](const Config& config) {
      return std::tuple(config.method, config.measure, config.pause, place_of(config.grow));
    };
    return order(a.config) < order(b.config);
  });
  return grouped;
}

std::vector<const Setting*> varying_settings(std::span<const Row> rows) {
  std::vector<const Config*> configs;
  for (const Row& row : rows) configs.push_back(&row.config);
  return varying_settings(configs);
}

std::vector<const Setting*> varying_settings(std::span<const Config* const> configs) {
  static constexpr std::array kShown = {"method", "measure", "pause", "grow"};
  std::vector<const Setting*> varying;
  for (const Setting& setting : settings()) {
    if (!tells_rows_apart(setting) || is_one_of(setting.key, kShown)) continue;
    const bool varies = std::any_of(configs.begin(), configs.end(), [&](const Config* config) {
      return setting.to_string(*config) != setting.to_string(*configs.front());
    });
    if (varies) varying.push_back(&setting);
  }
  return varying;
}

}  // namespace regrow

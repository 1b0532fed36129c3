// Tables with a row for each run, or for each of its epochs.
#include "cli/table/runs_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/one_line.h"
#include "cli/table/setting_values.h"
#include "study/rows.h"

namespace regrow {
namespace {

constexpr const char* kAndLayers =
    ", of each hidden layer such as layer0_dropped, and each setting, such as zeta";

std::vector<const Config*> configs_of(std::span<const ShownRun> runs) {
  std::vector<const Config*> configs;
  for (const ShownRun& run : runs) {
    if (!run.is_damaged) configs.push_back(&run.records.config);
  }
  return configs;
}

RuleNames rules_of(std::span<const ShownRun> runs) { return RuleNames(configs_of(runs)); }

/// Settings that have no column otherwise, and in which the runs are not all alike.
std::vector<std::string> varying_keys(std::span<const ShownRun> runs) {
  std::vector<std::string> keys;
  for (const Setting* setting : varying_settings(configs_of(runs))) keys.push_back(setting->key);
  return keys;
}

/// The usual columns by name, those that there are of them: for people in an order to read, for
/// programs those that there always were first.
template <typename Subject>
std::vector<std::size_t> usual_columns(std::span<const ColumnOf<Subject>> all,
                                       std::span<const std::string> names) {
  std::vector<std::size_t> usual;
  for (const std::string& name : names) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const ColumnOf<Subject>& each) {
      return each.column.name == name;
    });
    const auto place = static_cast<std::size_t>(found - all.begin());
    if (found != all.end() && std::find(usual.begin(), usual.end(), place) == usual.end()) {
      usual.push_back(place);
    }
  }
  return usual;
}

bool is_for_programs(const ReportFormat& format) {
  return format.name == "csv" || format.name == "json";
}

std::vector<std::string> names_for_people(std::span<const ShownRun> runs) {
  std::vector<std::string> names = {"run"};
  if (std::any_of(runs.begin(), runs.end(),
                  [](const ShownRun& run) { return !run.variant.empty(); })) {
    names.emplace_back("variant");
  }
  names.insert(names.end(), {"method", "measure", "pause", "grow"});
  for (const std::string& key : varying_keys(runs)) {
    const bool has_column = key == "epochs" || key == "connections";
    if (!has_column) names.push_back(key);
  }
  names.insert(names.end(), {"seed", "accuracy", "loss", "connections", "density",
                             "mean_connections", "peak_connections"});
  const auto is_known = [&](std::optional<double> RecordedCost::*member) {
    return std::any_of(runs.begin(), runs.end(),
                       [&](const ShownRun& run) { return (run.cost.*member).has_value(); });
  };
  if (is_known(&RecordedCost::flops)) names.emplace_back("flops");
  if (is_known(&RecordedCost::survival)) names.emplace_back("survival");
  names.insert(names.end(), {"alpha", "beta", "seconds_per_epoch", "seconds", "epochs", "status"});
  return names;
}

std::vector<std::string> names_for_programs(std::span<const ShownRun> runs) {
  std::vector<std::string> names = {"run",
                                    "method",
                                    "measure",
                                    "pause",
                                    "grow",
                                    "seed",
                                    "accuracy",
                                    "loss",
                                    "connections",
                                    "mean_connections",
                                    "peak_connections",
                                    "alpha",
                                    "beta",
                                    "seconds_per_epoch",
                                    "epochs",
                                    "status",
                                    "variant",
                                    "density",
                                    "seconds",
                                    "val_accuracy",
                                    "val_loss",
                                    "flops",
                                    "survival"};
  const std::vector<std::string> varying = varying_keys(runs);
  names.insert(names.end(), varying.begin(), varying.end());
  return names;
}

std::vector<std::string> epoch_names_for_people(bool is_one_run) {
  std::vector<std::string> names;
  if (!is_one_run) names.emplace_back("run");
  names.insert(names.end(), {"epoch", "accuracy", "loss", "val_accuracy", "val_loss",
                             "train_accuracy", "train_loss", "connections", "density", "theta",
                             "paused", "alpha", "beta", "seconds"});
  return names;
}

/// All but the settings.
std::vector<std::string> epoch_names_for_programs(std::span<const ColumnOf<RunEpoch>> all) {
  std::vector<std::string> names;
  for (const auto& each : all) {
    const bool is_of_layer = each.column.name.starts_with("layer");
    if (each.column.is_listed || is_of_layer) names.push_back(each.column.name);
  }
  return names;
}

std::string document(const char* what, const DataTable& table) {
  const nlohmann::ordered_json json = {{"table", what}, {"rows", to_json(table)}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// The folder that all runs are in, with its '/', or "".
std::string common_folder(const DataTable& table) {
  if (table.rows.size() < 2 || table.columns.front().name != "run") return "";
  const auto folder_of = [](const std::vector<Value>& row) {
    const std::string& name = row.front().text;
    return name.substr(0, name.find_last_of('/', name.size() < 2 ? 0 : name.size() - 2) + 1);
  };
  const std::string folder = folder_of(table.rows.front());
  const bool is_common = std::all_of(table.rows.begin(), table.rows.end(),
                                     [&](const auto& row) { return folder_of(row) == folder; });
  return is_common ? folder : "";
}

/// By variants: then the settings that these have are no more than useful.
bool are_named(std::span<const ShownRun> runs) {
  return std::all_of(runs.begin(), runs.end(),
                     [](const ShownRun& run) { return run.is_damaged || !run.variant.empty(); });
}

/// `is_chosen`: by somebody, who wants to see all of it.
std::string for_people(DataTable table, std::span<const std::size_t> skipped, bool is_chosen,
                       std::string title, std::vector<std::string> notes,
                       std::span<const ShownRun> runs, const ReportFormat& format) {
  Section section;
  const bool is_text = format.name == "text";
  if (is_chosen) {
    for (Column& column : table.columns) column.rank = std::min(column.rank, kNeeded);
  } else if (is_text) {
    if (are_named(runs)) {
      for (Column& column : table.columns) {
        const bool is_label = column.may_be_common && column.is_word && column.name != "status";
        if (is_label) column.rank = kUseful;
      }
    }
    for (Column& column : table.columns) {
      // That a run is damaged stands in its row.
      if (column.name == "status" && !skipped.empty()) column.may_be_common = false;
    }
    const std::string common = take_out_common(table, skipped);
    if (!common.empty()) {
      const bool is_one = table.rows.size() - skipped.size() == 1;
      title +=
          fmt::format("{}{}{}.", title.empty() ? "" : " ", is_one ? "" : "In all rows: ", common);
    }
  }
  // In a pipe a run keeps the name that finds it.
  const std::string folder = format.columns ? common_folder(table) : "";
  if (!folder.empty()) {
    for (auto& row : table.rows) row.front().text.erase(0, folder.size());
    title = fmt::format("Runs in {}{}{}", folder, title.empty() ? "" : ". ", title);
  }
  section.title = title;
  section.table = for_people(table);
  std::vector<std::optional<NetworkCells>> cells;
  for (const ShownRun& run : runs) cells.push_back(run.cells);
  add_notes_on_columns(section, cells);
  section.notes.insert(section.notes.end(), notes.begin(), notes.end());
  // Others put the table into a text of their own.
  return is_text ? written(section, format) : formatted(section.table, format.name);
}

}  // namespace

std::string runs_table(std::vector<ShownRun> runs, const RunsTableOptions& options,
                       const ReportFormat& format) {
  const std::vector<ColumnOf<ShownRun>> catalogue = run_columns(rules_of(runs));
  const std::span<const ColumnOf<ShownRun>> all(catalogue);
  sort_by(runs, all,
          std::span<const SortKey>(sort_keys(columns_of(all), options.sort, kAndSettings)));
  const std::vector<std::size_t> chosen =
      !options.columns.empty()  ? chosen_columns(columns_of(all), options.columns, kAndSettings)
      : is_for_programs(format) ? usual_columns(all, names_for_programs(runs))
                                : usual_columns(all, names_for_people(runs));
  DataTable table =
      table_of(all, std::span<const std::size_t>(chosen), std::span<const ShownRun>(runs));
  if (format.name == "csv") return as_csv(table);
  if (format.name == "json") return document("each", table);
  std::vector<std::size_t> damaged;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (runs[r].is_damaged) damaged.push_back(r);
  }
  return for_people(std::move(table), damaged, !options.columns.empty(), "", {}, runs, format);
}

std::string epochs_table(std::span<const ShownRun> runs, const RunsTableOptions& options,
                         const ReportFormat& format) {
  std::size_t layers = 0;
  std::vector<RunEpoch> epochs;
  for (const ShownRun& run : runs) {
    std::unordered_map<std::uint32_t, const EpochTimings*> timings;  // the first of each epoch
    for (const EpochTimings& timed : run.records.timings) timings.emplace(timed.epoch, &timed);
    for (const EpochRecord& record : run.records.history) {
      layers = std::max(layers, record.layers.size());
      const auto timed = timings.find(record.epoch);
      epochs.push_back({&run, &record, timed == timings.end() ? nullptr : timed->second});
    }
  }
  const std::vector<ColumnOf<RunEpoch>> catalogue = epoch_columns(layers, rules_of(runs));
  const std::span<const ColumnOf<RunEpoch>> all(catalogue);
  sort_by(epochs, all,
          std::span<const SortKey>(sort_keys(columns_of(all), options.sort, kAndLayers)));
  const std::vector<std::size_t> chosen =
      !options.columns.empty() ? chosen_columns(columns_of(all), options.columns, kAndLayers)
      : is_for_programs(format)
          ? usual_columns(all, epoch_names_for_programs(all))
          : usual_columns(all, epoch_names_for_people(format.name == "text" && runs.size() == 1));
  DataTable table =
      table_of(all, std::span<const std::size_t>(chosen), std::span<const RunEpoch>(epochs));
  if (format.name == "csv") return as_csv(table);
  if (format.name == "json") return document("per-epoch", table);
  const std::string title =
      runs.size() == 1 ? fmt::format("{}, epoch by epoch.", one_line(runs.front().name)) : "";
  return for_people(std::move(table), {}, !options.columns.empty(), title,
                    {"loss, accuracy: of the test set. theta: of the epoch's last "
                     "evolution, within it or after it; paused: whether all that were due were "
                     "left out."},
                    runs, format);
}

}  // namespace regrow

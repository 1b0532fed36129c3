// regrow table: the paper's Table 2 for runs of ours, of the test set, of the network evaluated in
// each run's last epoch: a row for each run, one over all seeds, or one for each epoch. For people
// numbers are rounded; for programs, as CSV and JSON, they are exact.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/table/runs_table.h"
#include "cli/table/seeds_table.h"
#include "cli/terminal/terminal.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "study/baseline.h"
#include "study/find_runs.h"
#include "sweep/variant_names.h"

namespace regrow {
namespace {

/// What is said on stderr beside a table: of damaged runs, too, which the others' table does not
/// end for.
using Warnings = std::vector<std::string>;

/// Damaged ones as such, with a warning. Throws Error where all are.
std::vector<ShownRun> shown_runs(const FoundRuns& found, Warnings& warnings) {
  VariantNames variants(warnings);
  std::vector<ShownRun> runs;
  std::string damage;
  for (const RunFolder& folder : found.runs) {
    ShownRun& run = runs.emplace_back();
    run.name = folder.path().string();
    run.variant = variants.of(folder.path());
    try {
      run.records = read_records(folder);
      if (!run.records.warning.empty()) warnings.push_back(run.records.warning);
      run.cells = network_cells(run.records.config, newest_header(folder));
      run.cost = recorded_cost(folder, run.records.history.size());
    } catch (const DamagedRun& damaged) {
      run.is_damaged = true;
      warnings.emplace_back(damaged.what());
      if (damage.empty()) damage = damaged.what();
    }
  }
  const auto is_damaged = [](const ShownRun& run) { return run.is_damaged; };
  if (std::all_of(runs.begin(), runs.end(), is_damaged)) throw Error(damage);
  return runs;
}

/// Adds a warning for each run that is left out. Throws Error where that is all of them.
std::vector<RunResult> complete_results(const FoundRuns& found, std::optional<std::uint32_t> epochs,
                                        std::uint32_t last, Warnings& warnings) {
  VariantNames variants(warnings);
  std::vector<RunResult> complete;
  std::string damage;
  std::uint32_t longest = 0;
  for (const RunFolder& folder : found.runs) {
    RunResult run;
    try {
      run = read_result(folder, epochs, last);
    } catch (const DamagedRun& damaged) {
      warnings.push_back(fmt::format("{}; left out", damaged.what()));
      if (damage.empty()) damage = damaged.what();
      continue;
    }
    run.variant = one_line(variants.of(folder.path()));
    if (!run.warning.empty()) warnings.push_back(run.warning);
    longest = std::max(longest, run.recorded);
    if (run.complete()) {
      complete.push_back(std::move(run));
    } else {
      warnings.push_back(fmt::format("{}: {} of {} epochs; left out", folder.path().string(),
                                     run.recorded, run.config.epochs));
    }
  }
  if (complete.empty()) {
    if (!damage.empty()) throw Error(damage);
    throw Error(
        fmt::format("no run has all its epochs, the longest {}; --epochs N compares after "
                    "fewer",
                    longest));
  }
  return complete;
}

BaselineKind baseline_kind(const std::string& name) {
  if (name == "random") return BaselineKind::kRandom;
  return name == "plain-set" ? BaselineKind::kPlainSet : BaselineKind::kSet;
}

std::string over_seeds(const TableOptions& options, const ReportFormat& format,
                       const FoundRuns& found, Warnings& warnings) {
  std::optional<std::uint32_t> epochs;
  if (options.epochs > 0) epochs = static_cast<std::uint32_t>(options.epochs);
  const std::uint32_t last = options.last > 0 ? static_cast<std::uint32_t>(options.last) : 1;
  GroupedRuns grouped = group_by_settings(complete_results(found, epochs, last, warnings));
  warnings.insert(warnings.end(), grouped.warnings.begin(), grouped.warnings.end());
  sort_rows(grouped.rows, options.sort, last);
  const BaselineKind kind = baseline_kind(options.baseline);
  const std::vector<const Row*> baselines = baselines_of(grouped.rows, kind);
  const auto is_there = [](const Row* baseline) { return baseline != nullptr; };
  const bool asks_for_tests = options.margin.has_value() || !options.baseline.empty();
  if (asks_for_tests && std::none_of(baselines.begin(), baselines.end(), is_there)) {
    warnings.emplace_back(
        "nothing is compared: no row has a baseline here, which differs from it in settings of "
        "evolution alone; see --baseline");
  }
  const SeedsTableOptions shown{.paper = options.paper,
                                .baseline = kind,
                                .compares = options.columns.empty() || asks_for_tests,
                                .last = last,
                                .margin = options.margin,
                                .columns = options.columns};
  if (format.name == "csv") return seeds_csv(grouped.rows, shown);
  if (format.name == "json") return seeds_json(grouped.rows, shown);
  return seeds_report(grouped.rows, shown, format);
}

std::string of_epochs(const TableOptions& options, const ReportFormat& format,
                      const FoundRuns& found, Warnings& warnings) {
  std::vector<ShownRun> runs = shown_runs(found, warnings);
  std::erase_if(runs, [](const ShownRun& run) { return run.is_damaged; });
  for (ShownRun& run : runs) {
    std::vector<EpochRecord>& history = run.records.history;
    const auto most = static_cast<std::size_t>(options.epochs);
    if (most > 0 && history.size() > most) history.resize(most);
  }
  return epochs_table(runs, {options.columns, options.sort}, format);
}

void check_options(const TableOptions& options, bool is_of_seeds) {
  if (options.per_epoch && (options.seeds == "mean" || is_of_seeds)) {
    throw UsageError(
        "regrow table: --per-epoch has a row for each run and epoch; leave out --seeds mean, "
        "--last, --paper, --baseline and --margin");
  }
  if (options.seeds == "each" && (is_of_seeds || options.epochs > 0) && !options.per_epoch) {
    throw UsageError(
        "regrow table: --epochs, --last, --paper, --baseline and --margin go with --seeds mean");
  }
  constexpr double kAllPoints = 100;
  if (options.margin && !(*options.margin >= 0 && *options.margin <= kAllPoints)) {
    throw UsageError(fmt::format(
        "regrow table: --margin takes points of accuracy, 0 to 100, such as 0.3; not {}",
        *options.margin));
  }
  if (std::find(options.runs.begin(), options.runs.end(), "-") != options.runs.end()) {
    throw UsageError(
        "regrow table: '-' is no folder: a run is read from its folder, not from a stream");
  }
}

}  // namespace

int table_command(const TableOptions& options) {
  const bool is_of_seeds =
      options.last > 0 || options.paper || !options.baseline.empty() || options.margin.has_value();
  check_options(options, is_of_seeds);
  const ReportFormat format{options.format, terminal_columns(1)};
  const FoundRuns found = find_runs(options.runs);
  Warnings warnings = found.warnings;
  const bool mean = options.seeds.empty() ? is_of_seeds || options.epochs > 0 || found.only_sweeps
                                          : options.seeds == "mean";
  const std::string table =
      options.per_epoch ? of_epochs(options, format, found, warnings)
      : mean            ? over_seeds(options, format, found, warnings)
             : runs_table(shown_runs(found, warnings), {options.columns, options.sort}, format);
  for (const std::string& warning : warnings) {
    std::cerr << "warning: " << one_line(warning) << '\n';
  }
  std::cout << table;
  return 0;
}

}  // namespace regrow

// regrow table: the paper's Table 2 for runs of ours, of the test set, of the network evaluated in
// each run's last epoch: a row for each run, or one over all seeds. For people numbers are rounded;
// for programs, as CSV, they are exact.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <span>

#include "cli/commands.h"
#include "cli/one_line.h"
#include "cli/row_label.h"
#include "cli/seeds_table.h"
#include "cli/text_table.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "study/baseline.h"
#include "study/find_runs.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

/// How cells say numbers, and that there is none.
class Figures {
 public:
  explicit Figures(bool exact) : exact_(exact) {}

  bool exact() const { return exact_; }
  std::string none() const { return exact_ ? "" : "-"; }
  std::string rounded(double value, int digits) const { return number(value, "{:.{}f}", digits); }
  std::string scientific(double value, int digits) const {
    return number(value, "{:.{}e}", digits);
  }

 private:
  std::string number(double value, const char* format, int digits) const {
    if (!std::isfinite(value)) return none();
    return exact_ ? fmt::format("{}", value) : fmt::format(fmt::runtime(format), value, digits);
  }

  bool exact_;
};

/// What is said on stderr beside a table.
struct Remarks {
  std::vector<std::string> warnings;
  std::vector<std::string> damaged;  // a line for each run that cannot be read
};

std::string name_of_run(const RunFolder& folder, const Figures& figures) {
  return figures.exact() ? folder.path().string() : one_line(folder.path().string());
}

std::vector<std::string> row_of(const RunFolder& folder, const RunRecords& records,
                                const Figures& figures) {
  const auto& [config, history, timings, warning] = records;
  const bool finished = history.size() == static_cast<std::size_t>(config.epochs);
  std::vector<std::string> row = {
      name_of_run(folder, figures),
      name_of(config.method),
      config.measure == Measure::kAuto ? figures.none() : name_of(config.measure),
      name_of(config.pause),
      config.grow,
      std::to_string(config.seed)};
  if (history.empty()) {
    row.insert(row.end(), 7, figures.none());
  } else {
    const EpochRecord& last = history.back();
    row.push_back(figures.rounded(last.test_accuracy, 4));
    row.push_back(figures.rounded(last.test_loss, 4));
    row.push_back(std::to_string(evaluated_connections(last)));
    const ConnectionsWhileTraining connections = connections_while_training(history);
    row.push_back(figures.rounded(connections.mean, 0));
    row.push_back(figures.rounded(connections.peak, 0));
    row.push_back(figures.scientific(alpha(last), 2));
    row.push_back(figures.rounded(beta(last), 2));
  }
  row.push_back(timings.empty() ? figures.none() : figures.rounded(median_seconds(timings), 2));
  row.push_back(finished || figures.exact()
                    ? std::to_string(history.size())
                    : fmt::format("{} of {}", history.size(), config.epochs));
  row.push_back(finished ? "finished" : "unfinished");
  return row;
}

TextTable each_run(std::span<const RunFolder> runs, const Figures& figures, Remarks& remarks) {
  TextTable table;
  const auto of_connections = [&](const QuantityText& text) {
    return figures.exact() ? text.name : text.heading;
  };
  table.header = {"run",
                  "method",
                  "measure",
                  "pause",
                  "grow",
                  "seed",
                  "accuracy",
                  "loss",
                  "connections",
                  of_connections(text_of(Quantity::kMeanConnections)),
                  of_connections(text_of(Quantity::kPeakConnections)),
                  "alpha",
                  "beta",
                  "s/epoch",
                  "epochs",
                  "status"};
  table.left_aligned = 5;
  for (const RunFolder& run : runs) {
    try {
      const RunRecords records = read_records(run);
      if (!records.warning.empty()) remarks.warnings.push_back(records.warning);
      table.rows.push_back(row_of(run, records, figures));
    } catch (const DamagedRun& damaged) {
      remarks.damaged.emplace_back(damaged.what());
      std::vector<std::string>& row = table.rows.emplace_back(table.header.size(), figures.none());
      row.front() = name_of_run(run, figures);
      row.back() = "damaged";
    }
  }
  return table;
}

/// Adds a remark for each run that is left out. Throws Error where that is all of them.
std::vector<RunResult> complete_results(const FoundRuns& found, std::optional<std::uint32_t> epochs,
                                        std::uint32_t last, Remarks& remarks) {
  std::vector<RunResult> complete;
  std::uint32_t longest = 0;
  for (const RunFolder& folder : found.runs) {
    RunResult run;
    try {
      run = read_result(folder, epochs, last);
    } catch (const DamagedRun& damaged) {
      remarks.damaged.emplace_back(damaged.what());
      continue;
    }
    if (!run.warning.empty()) remarks.warnings.push_back(run.warning);
    longest = std::max(longest, run.recorded);
    if (run.complete()) {
      complete.push_back(std::move(run));
    } else {
      remarks.warnings.push_back(fmt::format("{}: {} of {} epochs; left out",
                                             folder.path().string(), run.recorded,
                                             run.config.epochs));
    }
  }
  if (complete.empty()) {
    if (!remarks.damaged.empty()) throw Error(remarks.damaged.front());
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

std::string over_seeds(const TableOptions& options, const FoundRuns& found, Remarks& remarks) {
  std::vector<std::string>& warnings = remarks.warnings;
  std::optional<std::uint32_t> epochs;
  if (options.epochs > 0) epochs = static_cast<std::uint32_t>(options.epochs);
  const std::uint32_t last = options.last > 0 ? static_cast<std::uint32_t>(options.last) : 1;
  const GroupedRuns grouped = group_by_settings(complete_results(found, epochs, last, remarks));
  warnings.insert(warnings.end(), grouped.warnings.begin(), grouped.warnings.end());
  const BaselineKind kind = baseline_kind(options.baseline);
  const auto has_baseline = [&](const Row& row) {
    return baseline_of(row, grouped.rows, kind) != nullptr;
  };
  const bool asks_for_tests = options.margin.has_value() || !options.baseline.empty();
  if (asks_for_tests && std::none_of(grouped.rows.begin(), grouped.rows.end(), has_baseline)) {
    warnings.emplace_back(
        "nothing is compared: no row has a baseline here, which differs from it in settings of "
        "evolution alone; see --baseline");
  }
  const SeedsTableOptions shown{
      .paper = options.paper, .baseline = kind, .last = last, .margin = options.margin};
  return options.format == "csv" ? seeds_csv(grouped.rows, shown)
                                 : seeds_report(grouped.rows, shown, options.format);
}

}  // namespace

int table_command(const TableOptions& options) {
  const bool needs_mean = options.epochs > 0 || options.last > 0 || options.paper ||
                          !options.baseline.empty() || options.margin.has_value();
  if (options.seeds == "each" && needs_mean) {
    throw UsageError(
        "regrow table: --epochs, --last, --paper, --baseline and --margin go with --seeds mean");
  }
  constexpr double kAllPoints = 100;
  if (options.margin && !(*options.margin >= 0 && *options.margin <= kAllPoints)) {
    throw UsageError(fmt::format(
        "regrow table: --margin takes points of accuracy, 0 to 100, such as 0.3; not {}",
        *options.margin));
  }
  const FoundRuns found = find_runs(options.runs);
  Remarks remarks{.warnings = found.warnings, .damaged = {}};
  const bool mean = options.seeds.empty() ? needs_mean || found.any_sweep : options.seeds == "mean";
  const std::string table =
      mean ? over_seeds(options, found, remarks)
           : formatted(each_run(found.runs, Figures(options.format == "csv"), remarks),
                       options.format);
  for (const std::string& warning : remarks.warnings) {
    std::cerr << "warning: " << one_line(warning) << '\n';
  }
  for (const std::string& damaged : remarks.damaged) {
    std::cerr << "error: " << one_line(damaged) << '\n';
  }
  std::cout << table;
  return remarks.damaged.empty() ? 0 : 1;
}

}  // namespace regrow

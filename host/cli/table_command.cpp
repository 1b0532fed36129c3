// regrow table: the paper's Table 2 for runs of ours, of the test set, of the network evaluated in
// each run's last epoch. For people numbers are rounded; for programs, as CSV, they are exact.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <optional>

#include "cli/commands.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// How cells say numbers, and that there is none.
class Cells {
 public:
  explicit Cells(bool exact) : exact_(exact) {}

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

std::vector<std::string> row_of(const RunFolder& folder, const Cells& cells) {
  const Config config = layered_config(
      TomlSource{folder.read_config(), (folder.path() / "config.toml").string()}, {});
  const std::vector<EpochRecord> history = folder.read_metrics();
  const auto timings = recorded_timings(folder.read_timings(), history.size());
  const bool finished = history.size() == static_cast<std::size_t>(config.epochs);
  std::vector<std::string> row = {
      folder.path().string(),
      name_of(config.method),
      config.measure == Measure::kAuto ? cells.none() : name_of(config.measure),
      name_of(config.pause),
      config.grow,
      std::to_string(config.seed)};
  if (history.empty()) {
    row.insert(row.end(), 5, cells.none());
  } else {
    const EpochRecord& last = history.back();
    row.push_back(cells.rounded(last.test_accuracy, 4));
    row.push_back(cells.rounded(last.test_loss, 4));
    row.push_back(std::to_string(evaluated_connections(last)));
    row.push_back(cells.scientific(alpha(last), 2));
    row.push_back(cells.rounded(beta(last), 2));
  }
  row.push_back(timings.empty() ? cells.none() : cells.rounded(median_seconds(timings), 2));
  row.push_back(finished || cells.exact() ? std::to_string(history.size())
                                          : fmt::format("{} of {}", history.size(), config.epochs));
  row.push_back(finished ? "finished" : "unfinished");
  return row;
}

/// Nothing where there is something else than a run, as among RUNS/*.
std::optional<RunFolder> run_at(const fs::path& path) {
  std::error_code error;
  const bool holds_run = fs::is_regular_file(path / "config.toml", error) &&
                         fs::is_regular_file(path / "metrics.jsonl", error);
  if (!holds_run && fs::exists(path, error)) return std::nullopt;
  return RunFolder::open(path);
}

}  // namespace

int table_command(const TableOptions& options) {
  const Cells cells(options.format == "csv");
  TextTable table;
  table.header = {"run",  "method",      "measure", "pause", "grow",    "seed",   "accuracy",
                  "loss", "connections", "alpha",   "beta",  "s/epoch", "epochs", "status"};
  table.left_aligned = 5;
  std::string warnings;
  for (const std::string& path : options.runs) {
    if (const auto folder = run_at(path)) {
      table.rows.push_back(row_of(*folder, cells));
    } else {
      warnings += fmt::format("warning: {}: holds no run; left out\n", path);
    }
  }
  if (table.rows.empty()) {
    throw Error(fmt::format("{}: holds no run; give the folder of a run", options.runs.front()));
  }
  std::cerr << warnings;
  std::cout << (options.format == "csv"        ? as_csv(table)
                : options.format == "markdown" ? as_markdown(table)
                                               : as_text(table));
  return 0;
}

}  // namespace regrow

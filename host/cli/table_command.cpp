// regrow table: the paper's Table 2 for runs of ours, of the test set, after each run's last epoch.
#include <fmt/format.h>

#include <iostream>

#include "cli/commands.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

std::vector<std::string> row_of(const std::string& path) {
  const RunFolder folder = RunFolder::open(path);
  const Config config = layered_config(
      TomlSource{folder.read_config(), (folder.path() / "config.toml").string()}, {});
  const std::vector<EpochRecord> history = folder.read_metrics();
  const bool finished = history.size() == static_cast<std::size_t>(config.epochs);
  std::vector<std::string> row = {
      path, name_of(config.method),
      config.measure == Measure::kAuto ? std::string("-") : name_of(config.measure),
      std::to_string(config.seed)};
  if (history.empty()) {
    row.insert(row.end(), 5, "-");
  } else {
    const EpochRecord& last = history.back();
    row.push_back(fmt::format("{:.4f}", last.test_accuracy));
    row.push_back(fmt::format("{:.4f}", last.test_loss));
    row.push_back(std::to_string(last.connections));
    row.push_back(fmt::format("{:.2e}", alpha(last)));
    row.push_back(fmt::format("{:.2f}", beta(last)));
  }
  row.push_back(fmt::format("{:.2f}", median_seconds(folder.read_timings())));
  row.push_back(finished ? std::to_string(config.epochs)
                         : fmt::format("{} of {}, unfinished", history.size(), config.epochs));
  return row;
}

}  // namespace

int table_command(const TableOptions& options) {
  TextTable table;
  table.header = {"run",         "method", "measure", "seed",    "accuracy", "loss",
                  "connections", "alpha",  "beta",    "s/epoch", "epochs"};
  table.left_aligned = 3;
  for (const std::string& run : options.runs) table.rows.push_back(row_of(run));
  std::cout << (options.format == "csv"        ? as_csv(table)
                : options.format == "markdown" ? as_markdown(table)
                                               : as_text(table));
  return 0;
}

}  // namespace regrow

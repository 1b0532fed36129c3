// The table over seeds for programs: every number exactly, one in a column.
#include <fmt/format.h>

#include <cmath>

#include "cli/row_label.h"
#include "cli/seeds_table.h"
#include "cli/text_table.h"
#include "study/paper_table2.h"

namespace regrow {
namespace {

using Cells = std::vector<std::string>;

std::string exact(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
}

void append(Cells& cells, const Cells& more) {
  cells.insert(cells.end(), more.begin(), more.end());
}

Cells header(const RowLabels& labels, bool with_paper) {
  Cells header = labels.header();
  append(header, {"n", "seeds", "after_epochs"});
  for (const QuantityText& text : kQuantityTexts) {
    append(header, {fmt::format("{}_mean", text.name), fmt::format("{}_sd", text.name)});
  }
  for (const Quantity quantity : kPaperQuantities) {
    if (!with_paper) break;
    const char* name = text_of(quantity).name;
    append(header, {fmt::format("{}_paper", name), fmt::format("{}_minus_paper", name)});
  }
  append(header, {"baseline", "pairs"});
  for (const char* name : {"accuracy", "loss"}) {
    append(header, {fmt::format("{}_difference", name), fmt::format("{}_difference_se", name),
                    fmt::format("{}_p", name)});
  }
  return header;
}

Cells of_paper(const Row& row) {
  Cells cells;
  const PaperResult* paper = repeated_paper_result(row.config);
  for (const Quantity quantity : kPaperQuantities) {
    const Moments of = row.of(quantity);
    append(cells, paper == nullptr ? Cells(2)
                                   : Cells{exact((*paper)[quantity]),
                                           of.n == 0 ? "" : exact(of.mean - (*paper)[quantity])});
  }
  return cells;
}

Cells of_baseline(const Row& row, const Row* baseline, const RowLabels& labels) {
  if (baseline == nullptr) return Cells(8);
  Cells cells = {labels.sentence(*baseline),
                 std::to_string(compare(row, *baseline, Quantity::kAccuracy).n)};
  for (const Quantity quantity : {Quantity::kAccuracy, Quantity::kLoss}) {
    const PairedTest test = compare(row, *baseline, quantity);
    append(cells, {test.n == 0 ? "" : exact(test.mean_difference), exact(test.standard_error),
                   test.n < kFewestPairs ? "" : exact(test.p)});
  }
  return cells;
}

Cells cells_of(const Row& row, std::span<const Row> rows, const SeedsTableOptions& options,
               const RowLabels& labels) {
  Cells cells = labels.cells(row, "");
  std::string seeds;
  for (const RunResult& run : row.runs) {
    seeds += fmt::format("{}{}", seeds.empty() ? "" : " ", run.config.seed);
  }
  append(cells, {std::to_string(row.runs.size()), seeds, std::to_string(row.config.epochs)});
  for (const QuantityText& text : kQuantityTexts) {
    const Moments of = row.of(text.quantity);
    append(cells, {of.n == 0 ? "" : exact(of.mean), exact(of.standard_deviation)});
  }
  if (options.paper) append(cells, of_paper(row));
  append(cells, of_baseline(row, baseline_of(row, rows, options.baseline), labels));
  return cells;
}

}  // namespace

std::string seeds_csv(std::span<const Row> rows, const SeedsTableOptions& options) {
  const RowLabels labels(rows);
  TextTable table;
  table.header = header(labels, options.paper);
  for (const Row& row : rows) table.rows.push_back(cells_of(row, rows, options, labels));
  return as_csv(table);
}

}  // namespace regrow

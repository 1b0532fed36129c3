// The table over seeds for programs: every number exactly, one in a column.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/table/data_table.h"
#include "cli/table/row_label.h"
#include "cli/table/seeds_columns.h"
#include "cli/table/seeds_table.h"
#include "cli/table/text_table.h"
#include "study/comparisons.h"
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

Cells header(const RowLabels& labels, const SeedsTableOptions& options) {
  Cells header = labels.short_columns().header;
  append(header, {"n", "seeds", "after_epochs", "last_epochs"});
  for (const QuantityText& text : kQuantityTexts) {
    append(header, {fmt::format("{}_mean", text.name), fmt::format("{}_sd", text.name)});
  }
  for (const Quantity quantity : kPaperQuantities) {
    if (!options.paper) break;
    const char* name = text_of(quantity).name;
    append(header, {fmt::format("{}_paper", name), fmt::format("{}_minus_paper", name)});
  }
  append(header, {"baseline", "pairs"});
  for (const Quantity quantity : kComparedQuantities) {
    for (const char* what :
         {"difference", "difference_se", "difference_low", "difference_high", "correlation", "p",
          "p_holm", "welch_difference", "welch_se", "welch_df", "welch_p", "welch_p_holm"}) {
      header.push_back(fmt::format("{}_{}", text_of(quantity).name, what));
    }
  }
  append(header, {"paired_tests", "welch_tests"});
  if (options.margin) {
    append(header, {"margin_points", "noninferior_p", "noninferior_p_holm", "noninferior_tests"});
  }
  header.emplace_back("variant");
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

Cells of_comparison(const Comparison& comparison) {
  const PairedTest& paired = comparison.paired;
  const WelchTest& welch = comparison.welch;
  const auto bound = [&](double sign) {
    return paired.half_width ? exact(paired.mean_difference + sign * *paired.half_width) : "";
  };
  return {paired.n == 0 ? "" : exact(paired.mean_difference),
          exact(paired.standard_error),
          bound(-1),
          bound(+1),
          exact(comparison.correlation),
          exact(paired.p),
          exact(comparison.paired_holm),
          exact(welch.difference),
          exact(welch.standard_error),
          exact(welch.degrees_of_freedom),
          exact(welch.p),
          exact(comparison.welch_holm)};
}

/// `of_row`: the comparisons of one row, one for each of kComparedQuantities; `all`: of the whole
/// study.
Cells of_baseline(std::span<const Comparison> of_row, std::span<const Comparison> all,
                  std::optional<double> margin, const RowLabels& labels) {
  Cells cells = {labels.sentence(*of_row.front().baseline),
                 std::to_string(of_row.front().paired.n)};
  for (const Comparison& comparison : of_row) append(cells, of_comparison(comparison));
  append(cells, {std::to_string(count_of(all, &Comparison::paired_holm)),
                 std::to_string(count_of(all, &Comparison::welch_holm))});
  if (margin) {
    append(cells, {exact(margin), exact(of_row.front().non_inferior),
                   exact(of_row.front().non_inferior_holm),
                   std::to_string(count_of(all, &Comparison::non_inferior_holm))});
  }
  return cells;
}

Cells cells_of(const Row& row, const SeedsTableOptions& options, const RowLabels& labels) {
  Cells cells = labels.short_cells(row, "");
  std::string seeds;
  for (const RunResult& run : row.runs) {
    seeds += fmt::format("{}{}", seeds.empty() ? "" : " ", run.config.seed);
  }
  append(cells, {std::to_string(row.runs.size()), seeds, std::to_string(row.config.epochs),
                 std::to_string(options.last)});
  for (const QuantityText& text : kQuantityTexts) {
    const Moments of = row.of(text.quantity);
    append(cells, {of.n == 0 ? "" : exact(of.mean), exact(of.standard_deviation)});
  }
  if (options.paper) append(cells, of_paper(row));
  return cells;
}

TextTable wide_table(std::span<const Row> rows, const SeedsTableOptions& options) {
  const RowLabels labels(rows, RowLabels::Style::kAll);
  TextTable table;
  table.header = header(labels, options);
  const std::vector<Comparison> comparisons = compare_all(rows, options.baseline, options.margin);
  auto next = comparisons.begin();  // they are in the order of the rows
  for (const Row& row : rows) {
    Cells& cells = table.rows.emplace_back(cells_of(row, options, labels));
    if (next != comparisons.end() && next->row == &row) {
      append(cells,
             of_baseline({next, kComparedQuantities.size()}, comparisons, options.margin, labels));
      next += static_cast<std::ptrdiff_t>(kComparedQuantities.size());
    }
    cells.resize(table.header.size());
    cells.back() = variant_of(row);
  }
  return table;
}

/// Of the wide table and of what else there is of rows; a quantity is its mean and its deviation.
TextTable chosen_table(const TextTable& wide, std::span<const Row> rows,
                       const SeedsTableOptions& options) {
  const std::vector<ColumnOf<Row>> catalogue = seeds_columns(rows, options.last);
  std::vector<Column> all = columns_of(std::span<const ColumnOf<Row>>(catalogue));
  for (const std::string& name : wide.header) {
    all.push_back({.name = name, .heading = name, .is_listed = false});
  }
  TextTable table;
  table.rows.resize(rows.size());
  const auto add = [&](const std::string& name, const auto& cell_of) {
    table.header.push_back(name);
    for (std::size_t r = 0; r < rows.size(); ++r) table.rows[r].push_back(cell_of(r));
  };
  const auto add_of_rows = [&](std::size_t c) {
    add(all[c].name, [&](std::size_t r) { return catalogue[c].value(rows[r]).csv(); });
  };
  for (const std::size_t c : chosen_columns(all, options.columns, kAndMeans)) {
    if (c >= catalogue.size()) {
      add(all[c].name, [&](std::size_t r) { return wide.rows[r][c - catalogue.size()]; });
    } else if (std::any_of(kQuantityTexts.begin(), kQuantityTexts.end(),
                           [&](const QuantityText& text) { return text.name == all[c].name; })) {
      add_of_rows(c + 1);
      add_of_rows(c + 2);
    } else {
      add_of_rows(c);
    }
  }
  return table;
}

}  // namespace

std::string seeds_csv(std::span<const Row> rows, const SeedsTableOptions& options) {
  const TextTable wide = wide_table(rows, options);
  return as_csv(options.columns.empty() ? wide : chosen_table(wide, rows, options));
}

}  // namespace regrow

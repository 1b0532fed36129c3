// The tables over seeds for people, each with what is to be known of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "cli/table/comparison_sections.h"
#include "cli/table/report_section.h"
#include "cli/table/row_label.h"
#include "cli/table/seeds_columns.h"
#include "cli/table/seeds_table.h"
#include "cli/terminal/text_layout.h"
#include "study/paper_table2.h"

namespace regrow {
namespace {

std::string epochs_of(std::span<const Row> rows) {
  std::set<std::int64_t> epochs;
  for (const Row& row : rows) epochs.insert(row.config.epochs);
  if (epochs.size() == 1) return fmt::format("{} epochs", *epochs.begin());
  return fmt::format("{} to {} epochs", *epochs.begin(), *epochs.rbegin());
}

std::string after_epochs(std::span<const Row> rows, std::uint32_t last) {
  if (last == 1) return "after " + epochs_of(rows);
  return fmt::format("means of the last {} of {}", last, epochs_of(rows));
}

struct Shown {
  Quantity quantity;
  int rank = kNeeded;
};

/// Means and deviations of these.
Section means(std::span<const Row> rows, const RowLabels& labels, std::span<const Shown> shown) {
  Section section;
  TextTable& table = section.table = labelled(labels.columns());
  table.header.emplace_back("n");
  table.ranks.push_back(kNeeded);
  for (const auto& [quantity, rank] : shown) {
    table.header.emplace_back(text_of(quantity).heading);
    table.ranks.push_back(rank);
  }
  for (const Row& row : rows) {
    table.rows.push_back(labels.cells(row, kNothing));
    table.rows.back().push_back(std::to_string(row.runs.size()));
    for (const auto& [quantity, rank] : shown) {
      table.rows.back().push_back(mean_cell(row.of(quantity), text_of(quantity)));
    }
  }
  return section;
}

std::string title_of_results(std::span<const Row> rows, std::uint32_t last) {
  return fmt::format("Test set, {}: mean ± standard deviation over n seeds",
                     after_epochs(rows, last));
}

void add_notes_on_results(Section& section, std::span<const Row> rows, std::uint32_t last) {
  std::vector<std::optional<NetworkCells>> cells;
  for (const Row& row : rows) {
    for (const RunResult& run : row.runs) cells.push_back(run.cells);
  }
  add_notes_on_columns(section, cells);
  if (last > 1) {
    section.notes.emplace_back(
        "Accuracy, loss, connections, density, alpha and beta are each run's means over its last "
        "epochs.");
  }
}

Section results(std::span<const Row> rows, const RowLabels& labels, std::uint32_t last) {
  static constexpr std::array kShown = {Shown{Quantity::kAccuracy},
                                        Shown{Quantity::kLoss},
                                        Shown{Quantity::kConnections},
                                        Shown{Quantity::kDensity, kExtra},
                                        Shown{Quantity::kAlpha},
                                        Shown{Quantity::kBeta},
                                        Shown{Quantity::kSeconds, kUseful},
                                        Shown{Quantity::kTotalSeconds, kExtra},
                                        Shown{Quantity::kBestAccuracy, kUseful}};
  Section section = means(rows, labels, kShown);
  section.title = title_of_results(rows, last);
  section.notes = {
      "Standard deviation of the sample (by n − 1); none of one run. density: share of the cells "
      "of the sparse layers; s/epoch: median of each run; time: of all epochs; best accuracy: of "
      "the best epoch, which --monitor chooses."};
  add_notes_on_results(section, rows, last);
  return section;
}

/// Of the columns that somebody chose.
Section chosen_means(std::span<const Row> rows, const SeedsTableOptions& options) {
  const std::vector<ColumnOf<Row>> catalogue = seeds_columns(rows, options.last);
  const std::span<const ColumnOf<Row>> all(catalogue);
  const auto chosen = chosen_columns(columns_of(all), options.columns, kAndMeans);
  Section section;
  section.title = title_of_results(rows, options.last);
  section.table = for_people(table_of(all, std::span(chosen), rows));
  add_notes_on_results(section, rows, options.last);
  return section;
}

Section evolution(std::span<const Row> rows, const RowLabels& labels) {
  std::vector<Shown> shown = {{Quantity::kMeanConnections}, {Quantity::kPeakConnections},
                              {Quantity::kConnections},     {Quantity::kTheta},
                              {Quantity::kPaused},          {Quantity::kOffFixedPoint, kUseful}};
  for (const Quantity quantity : {Quantity::kFlops, Quantity::kSurvival}) {
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const Row& row) { return row.of(quantity).n > 0; })) {
      shown.push_back({quantity, kUseful});
    }
  }
  Section section = means(rows, labels, shown);
  section.title = "Connections while training, and at the end";
  section.notes = {
      "mean, peak: over all training steps, from the initial network on: training "
      "costs time in proportion to the first and memory to the second. theta: of the last "
      "evolution; paused: epochs without evolution; off fixed point: the last epoch's connections "
      "over γ·θ/(ζ + θ·(1−ζ)), at which the evolution stays at the last θ, γ the initial number."};
  add_notes_on_cost(section);
  return section;
}

/// Of a count in per cent, else as it is.
std::string paper_difference(double ours, double papers, const QuantityText& text) {
  if (papers < 1) return signed_number(ours - papers, text);
  return fmt::format("{:+.1f} %", 100 * (ours / papers - 1));
}

/// Why rows have no value of the paper beside them.
std::string without_paper(const Row& row, const RowLabels& labels) {
  const Config& config = row.config;
  const std::string subject = labels.sentence(row);
  if (paper_result(config.method, config.measure, config.pause) == nullptr) {
    return fmt::format("{}: the paper has no such method in its Table 2.", subject);
  }
  std::string keys;
  for (const Setting* setting : differences_from_paper(config)) {
    keys += (keys.empty() ? "" : ", ") + setting->key;
  }
  return fmt::format("{}: differs from the paper's experiment in {}.", subject, keys);
}

Section beside_paper(std::span<const Row> rows, const RowLabels& labels) {
  Section section;
  section.title = "Beside the paper's Table 2: ours (mean over seeds), the paper's, ours − paper's";
  TextTable& table = section.table = labelled(labels.short_columns());
  for (const Quantity quantity : kPaperQuantities) {
    table.header.insert(table.header.end(), {text_of(quantity).heading, "paper", "difference"});
  }
  table.ranks.resize(table.header.size(), kNeeded);
  section.notes.emplace_back(
      "The paper's values are of one run each; beta and connections differ in per cent. "
      "alpha: accuracy per connection (1e-6), beta: loss × connections.");
  bool other_epochs = false;
  bool doubtful = false;
  for (const Row& row : rows) {
    const PaperResult* paper = repeated_paper_result(row.config);
    if (paper == nullptr) {
      section.notes.push_back(without_paper(row, labels));
      continue;
    }
    other_epochs = other_epochs || row.config.epochs != kPaperEpochs;
    doubtful = doubtful || (paper->method == Method::kDynSet && paper->measure == Measure::kLoss);
    auto& cells = table.rows.emplace_back(labels.short_cells(row, kNothing));
    for (const Quantity quantity : kPaperQuantities) {
      const QuantityText& text = text_of(quantity);
      const double papers = (*paper)[quantity];
      const Moments of = row.of(quantity);
      cells.push_back(of.n == 0 ? kNothing : number(of.mean, text));
      cells.push_back(number(papers, text));
      cells.push_back(of.n == 0 ? kNothing : paper_difference(of.mean, papers, text));
    }
  }
  if (other_epochs) {
    section.notes.push_back(fmt::format("The paper's are after {} epochs, ours after {}.",
                                        kPaperEpochs, epochs_of(rows)));
  }
  if (doubtful) {
    section.notes.emplace_back(
        "The paper says that the connections of dynset on loss were not "
        "reported during the experiment, yet prints a number: doubtful.");
  }
  return section;
}

}  // namespace

void sort_rows(std::vector<Row>& rows, const std::string& list, std::uint32_t last) {
  const std::vector<ColumnOf<Row>> catalogue = seeds_columns(rows, last);
  const std::span<const ColumnOf<Row>> all(catalogue);
  sort_by(rows, all, std::span<const SortKey>(sort_keys(columns_of(all), list, kAndMeans)));
}

std::string seeds_report(std::span<const Row> rows, const SeedsTableOptions& options,
                         const ReportFormat& format) {
  const RowLabels labels(rows,
                         format.name == "text" ? RowLabels::Style::kApart : RowLabels::Style::kAll);
  std::string report;
  const auto add = [&](const Section& section) {
    report += (report.empty() ? "" : "\n") + written(section, format);
  };
  if (options.columns.empty()) {
    if (!labels.common().empty()) {
      report = fitted_paragraph("In all rows: " + labels.common() + '.', format.columns);
    }
    add(results(rows, labels, options.last));
    add(evolution(rows, labels));
  } else {
    add(chosen_means(rows, options));
  }
  if (options.paper) add(beside_paper(rows, labels));
  for (const Section& section : comparison_sections(rows, labels, options)) add(section);
  return report;
}

}  // namespace regrow

// The tables over seeds for people, each with what is to be known of it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cli/row_label.h"
#include "cli/seeds_table.h"
#include "cli/text_table.h"
#include "study/paper_table2.h"

namespace regrow {
namespace {

struct Section {
  std::string title;
  TextTable table;
  std::vector<std::string> notes;
};

constexpr const char* kNone = "-";

std::string number(double value, const QuantityText& text) {
  return fmt::format("{:.{}f}", value * text.scale, text.digits);
}

std::string signed_number(double value, const QuantityText& text) {
  return fmt::format("{:+.{}f}", value * text.scale, text.digits);
}

std::string mean_cell(const Moments& of, const QuantityText& text) {
  if (of.n == 0) return kNone;
  std::string mean = number(of.mean, text);
  if (!of.standard_deviation) return mean;
  return mean + " ± " + number(*of.standard_deviation, text);
}

/// A table that begins with the labels.
TextTable labelled(const RowLabels& labels) {
  TextTable table;
  table.header = labels.header();
  table.left_aligned = table.header.size();
  return table;
}

std::string epochs_of(std::span<const Row> rows) {
  std::set<std::int64_t> epochs;
  for (const Row& row : rows) epochs.insert(row.config.epochs);
  if (epochs.size() == 1) return fmt::format("{} epochs", *epochs.begin());
  return fmt::format("{} to {} epochs", *epochs.begin(), *epochs.rbegin());
}

Section means(std::span<const Row> rows, const RowLabels& labels) {
  Section section;
  section.title =
      fmt::format("Test set, after {}: mean ± standard deviation over n seeds", epochs_of(rows));
  TextTable& table = section.table = labelled(labels);
  table.header.emplace_back("n");
  for (const QuantityText& text : kQuantityTexts) table.header.emplace_back(text.heading);
  for (const Row& row : rows) {
    table.rows.push_back(labels.cells(row, kNone));
    table.rows.back().push_back(std::to_string(row.runs.size()));
    for (const QuantityText& text : kQuantityTexts) {
      table.rows.back().push_back(mean_cell(row.of(text.quantity), text));
    }
  }
  section.notes = {
      "Standard deviation of the sample (by n − 1); none of one run. alpha: accuracy per "
      "connection; beta: loss times connections; theta: of the last evolution; paused: epochs "
      "without evolution; s/epoch: median of each run; best accuracy: of the epoch with the "
      "highest validation accuracy; off fixed point: connections over γ·θ/(ζ + θ·(1−ζ)), at which "
      "the evolution stays at the last θ, γ the initial number."};
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
  TextTable& table = section.table = labelled(labels);
  for (const Quantity quantity : kPaperQuantities) {
    table.header.insert(table.header.end(), {text_of(quantity).heading, "paper", "difference"});
  }
  section.notes.emplace_back(
      "The paper's values are of one run each; beta and connections differ "
      "in per cent.");
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
    auto& cells = table.rows.emplace_back(labels.cells(row, kNone));
    for (const Quantity quantity : kPaperQuantities) {
      const QuantityText& text = text_of(quantity);
      const double papers = (*paper)[quantity];
      const Moments of = row.of(quantity);
      cells.push_back(of.n == 0 ? kNone : number(of.mean, text));
      cells.push_back(number(papers, text));
      cells.push_back(of.n == 0 ? kNone : paper_difference(of.mean, papers, text));
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

std::string difference_cell(const PairedTest& test, const QuantityText& text) {
  if (test.n == 0) return kNone;
  const std::string mean = signed_number(test.mean_difference, text);
  return test.standard_error ? mean + " ± " + number(*test.standard_error, text) : mean;
}

std::string p_cell(const PairedTest& test) {
  if (test.n < kFewestPairs || !test.p) return kNone;
  return *test.p < 0.001 ? fmt::format("{:.0e}", *test.p) : fmt::format("{:.3f}", *test.p);
}

Section tests(std::span<const Row> rows, const RowLabels& labels, BaselineKind kind) {
  Section section;
  section.title =
      fmt::format("Compared by seed with {}: mean difference ± its standard error",
                  kind == BaselineKind::kRandom ? "random growth of the same method" : "SET");
  TextTable& table = section.table = labelled(labels);
  table.header.emplace_back("compared with");
  table.left_aligned += 1;
  table.header.insert(table.header.end(),
                      {"pairs", "accuracy difference", "p", "loss difference", "p"});
  for (const Row& row : rows) {
    const Row* baseline = baseline_of(row, rows, kind);
    if (baseline == nullptr) continue;
    const PairedTest accuracy = compare(row, *baseline, Quantity::kAccuracy);
    const PairedTest loss = compare(row, *baseline, Quantity::kLoss);
    auto& cells = table.rows.emplace_back(labels.cells(row, kNone));
    cells.insert(cells.end(),
                 {labels.sentence(*baseline), std::to_string(accuracy.n),
                  difference_cell(accuracy, text_of(Quantity::kAccuracy)), p_cell(accuracy),
                  difference_cell(loss, text_of(Quantity::kLoss)), p_cell(loss)});
  }
  section.notes = {fmt::format(
      "p: two-sided paired t-test over the seeds that both rows have, of {} pairs or more, not "
      "corrected for the number of rows; none where all differences are equal.",
      kFewestPairs)};
  return section;
}

/// Comments in LaTeX, where the table is to be put into a text with a caption of its own.
std::string written(const Section& section, const std::string& format) {
  const bool is_latex = format == "latex";
  const std::string before = is_latex ? "% " : "";
  const std::string gap = format == "markdown" ? "\n" : "";
  std::string text = before + section.title + '\n' + gap;
  if (section.table.rows.empty()) {
    text += before + "(no row)\n";
  } else {
    text += formatted(section.table, format);
  }
  for (const std::string& note : section.notes) text += fmt::format("{}{}{}\n", gap, before, note);
  return text;
}

}  // namespace

std::string seeds_report(std::span<const Row> rows, const SeedsTableOptions& options,
                         const std::string& format) {
  const RowLabels labels(rows);
  std::string report = written(means(rows, labels), format);
  if (options.paper) report += '\n' + written(beside_paper(rows, labels), format);
  const Section compared = tests(rows, labels, options.baseline);
  if (!compared.table.rows.empty()) report += '\n' + written(compared, format);
  return report;
}

}  // namespace regrow

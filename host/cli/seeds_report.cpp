// The tables over seeds for people, each with what is to be known of it.
#include <fmt/format.h>

#include <array>
#include <set>

#include "cli/comparison_sections.h"
#include "cli/report_section.h"
#include "cli/row_label.h"
#include "cli/seeds_table.h"
#include "study/paper_table2.h"

namespace regrow {
namespace {

std::string mean_cell(const Moments& of, const QuantityText& text) {
  if (of.n == 0) return kNone;
  std::string mean = number(of.mean, text);
  if (!of.standard_deviation) return mean;
  return mean + " ± " + number(*of.standard_deviation, text);
}

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

/// `quantities`: means and deviations of these.
Section means(std::span<const Row> rows, const RowLabels& labels,
              std::span<const Quantity> quantities) {
  Section section;
  TextTable& table = section.table = labelled(labels);
  table.header.emplace_back("n");
  for (const Quantity quantity : quantities) table.header.emplace_back(text_of(quantity).heading);
  for (const Row& row : rows) {
    table.rows.push_back(labels.cells(row, kNone));
    table.rows.back().push_back(std::to_string(row.runs.size()));
    for (const Quantity quantity : quantities) {
      table.rows.back().push_back(mean_cell(row.of(quantity), text_of(quantity)));
    }
  }
  return section;
}

Section results(std::span<const Row> rows, const RowLabels& labels, std::uint32_t last) {
  static constexpr std::array kShown = {
      Quantity::kAccuracy, Quantity::kLoss,    Quantity::kConnections, Quantity::kAlpha,
      Quantity::kBeta,     Quantity::kSeconds, Quantity::kBestAccuracy};
  Section section = means(rows, labels, kShown);
  section.title =
      fmt::format("Test set, {}: mean ± standard deviation over n seeds", after_epochs(rows, last));
  section.notes = {
      "Standard deviation of the sample (by n − 1); none of one run. alpha: accuracy per "
      "connection; beta: loss times connections; s/epoch: median of each run; best accuracy: of "
      "the epoch with the highest validation accuracy."};
  if (last > 1) {
    section.notes.emplace_back(
        "Accuracy, loss, connections, alpha and beta are each run's means over its last epochs.");
  }
  return section;
}

Section evolution(std::span<const Row> rows, const RowLabels& labels) {
  static constexpr std::array kShown = {Quantity::kMeanConnections, Quantity::kPeakConnections,
                                        Quantity::kConnections,     Quantity::kTheta,
                                        Quantity::kPaused,          Quantity::kOffFixedPoint};
  Section section = means(rows, labels, kShown);
  section.title = "Connections while training, and at the end";
  section.notes = {
      "mean, peak: of the networks that the epochs trained, the initial one included: training "
      "costs time in proportion to the first and memory to the second. theta: of the last "
      "evolution; paused: epochs without evolution; off fixed point: the last epoch's connections "
      "over γ·θ/(ζ + θ·(1−ζ)), at which the evolution stays at the last θ, γ the initial number."};
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

}  // namespace

std::string seeds_report(std::span<const Row> rows, const SeedsTableOptions& options,
                         const std::string& format) {
  const RowLabels labels(rows);
  std::string report = written(results(rows, labels, options.last), format);
  report += '\n' + written(evolution(rows, labels), format);
  if (options.paper) report += '\n' + written(beside_paper(rows, labels), format);
  for (const Section& section : comparison_sections(rows, labels, options)) {
    report += '\n' + written(section, format);
  }
  return report;
}

}  // namespace regrow

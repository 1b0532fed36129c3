// The tables of rows against their baselines: a line for each row and quantity, since the tests of
// both side by side would make lines that no terminal has room for.
#include "cli/table/comparison_sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "study/comparisons.h"

namespace regrow {
namespace {

using Cells = std::vector<std::string>;

std::string p_cell(std::optional<double> p) {
  if (!p) return kNothing;
  return *p < 0.001 ? fmt::format("{:.0e}", *p) : fmt::format("{:.3f}", *p);
}

std::string difference_cell(std::optional<double> difference, std::optional<double> standard_error,
                            const QuantityText& text) {
  if (!difference) return kNothing;
  const std::string mean = signed_number(*difference, text);
  return standard_error ? mean + " ± " + number(*standard_error, text) : mean;
}

std::string interval_cell(const PairedTest& paired, const QuantityText& text) {
  if (!paired.half_width) return kNothing;
  return fmt::format("{} to {}", signed_number(paired.mean_difference - *paired.half_width, text),
                     signed_number(paired.mean_difference + *paired.half_width, text));
}

std::string paired_cell(const PairedTest& paired, const QuantityText& text) {
  if (paired.n == 0) return kNothing;
  return difference_cell(paired.mean_difference, paired.standard_error, text);
}

/// What all are compared with goes into the title; with more than one baseline, into a column.
class Baselines {
 public:
  Baselines(std::span<const Comparison> comparisons, const RowLabels& labels) : labels_(labels) {
    const Row* first = comparisons.front().baseline;
    if (std::all_of(comparisons.begin(), comparisons.end(),
                    [&](const Comparison& each) { return each.baseline == first; })) {
      only_ = first;
    }
  }

  std::string title() const { return only_ == nullptr ? "baselines" : labels_.sentence(*only_); }

  TextTable table() const {
    TextTable table = labelled(labels_.short_columns());
    if (only_ == nullptr) {
      table.header.emplace_back("compared with");
      table.ranks.push_back(kKey);
    }
    table.left_aligned = table.header.size();
    return table;
  }

  Cells cells(const Comparison& comparison) const {
    Cells cells = labels_.short_cells(*comparison.row, kNothing);
    if (only_ == nullptr) cells.push_back(labels_.sentence(*comparison.baseline));
    return cells;
  }

 private:
  const RowLabels& labels_;
  const Row* only_ = nullptr;
};

Section differences(std::span<const Comparison> comparisons, const Baselines& baselines) {
  Section section;
  section.title =
      fmt::format("Compared with {}: mean difference ± its standard error", baselines.title());
  TextTable& table = section.table = baselines.table();
  table.header.emplace_back("of");
  table.ranks.push_back(kKey);
  table.left_aligned += 1;
  table.header.insert(table.header.end(), {"pairs", "by seed", "95 % interval", "r", "paired p",
                                           "Holm", "of means", "Welch p", "Holm"});
  // A correction stays with its test.
  table.ranks.insert(table.ranks.end(), {kNeeded, kWithLast, kNeeded, kWithLast, kNeeded, kWithLast,
                                         kNeeded, kWithLast, kWithLast});
  for (const Comparison& each : comparisons) {
    const QuantityText& text = text_of(each.quantity);
    Cells& cells = table.rows.emplace_back(baselines.cells(each));
    cells.insert(cells.end(),
                 {text.name, std::to_string(each.paired.n), paired_cell(each.paired, text),
                  interval_cell(each.paired, text),
                  each.correlation ? fmt::format("{:.2f}", *each.correlation) : kNothing,
                  p_cell(each.paired.p), p_cell(each.paired_holm),
                  difference_cell(each.welch.difference, each.welch.standard_error, text),
                  p_cell(each.welch.p), p_cell(each.welch_holm)});
  }
  section.notes = {
      fmt::format(
          "by seed: over the seeds that both rows have, with the interval, the correlation "
          "r of the pairs (Pearson's) and the two-sided p of Student's paired t-test. of "
          "means: over all seeds of each row, with the two-sided p of Welch's t-test, which "
          "needs no pairs. Of {} pairs or seeds or more; none where nothing varies.",
          kFewestSeeds),
      fmt::format(
          "Holm: p corrected for all comparisons of this table that have one: of {}, {} by "
          "the paired test and {} by Welch's. Which of the two tests counts is to be decided "
          "before looking.",
          comparisons.size(), count_of(comparisons, &Comparison::paired_holm),
          count_of(comparisons, &Comparison::welch_holm))};
  return section;
}

Section non_inferiority(std::span<const Comparison> comparisons, const Baselines& baselines,
                        double margin) {
  Section section;
  section.title =
      fmt::format("{} {}: mean difference ± its standard error",
                  margin > 0 ? fmt::format("Accuracy not inferior by {} points to", margin)
                             : "Accuracy superior to",
                  baselines.title());
  TextTable& table = section.table = baselines.table();
  table.header.insert(table.header.end(), {"pairs", "by seed", "p", "Holm"});
  table.ranks.resize(table.header.size(), kNeeded);
  for (const Comparison& each : comparisons) {
    if (each.quantity != Quantity::kAccuracy) continue;
    Cells& cells = table.rows.emplace_back(baselines.cells(each));
    cells.insert(cells.end(),
                 {std::to_string(each.paired.n), paired_cell(each.paired, text_of(each.quantity)),
                  p_cell(each.non_inferior), p_cell(each.non_inferior_holm)});
  }
  section.notes = {fmt::format(
      "p: one-sided, Student's paired t-test, against an accuracy of at most the baseline's{}; "
      "Holm: corrected for all comparisons of this table that have one: {}. The margin is to be "
      "fixed before looking.",
      margin > 0 ? fmt::format(" − {} points", margin) : "",
      count_of(comparisons, &Comparison::non_inferior_holm))};
  return section;
}

}  // namespace

std::vector<Section> comparison_sections(std::span<const Row> rows, const RowLabels& labels,
                                         const SeedsTableOptions& options) {
  if (!options.compares) return {};
  const std::vector<Comparison> comparisons = compare_all(rows, options.baseline, options.margin);
  if (comparisons.empty()) return {};
  const Baselines baselines(comparisons, labels);
  std::vector<Section> sections = {differences(comparisons, baselines)};
  if (options.margin) {
    sections.push_back(non_inferiority(comparisons, baselines, *options.margin));
  }
  return sections;
}

}  // namespace regrow

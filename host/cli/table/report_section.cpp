// A table for people, with its title and what is to be known of it.
#include "cli/table/report_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <utility>

#include "cli/terminal/text_layout.h"

namespace regrow {
namespace {

constexpr const char* kAlphaAndBeta =
    "alpha (α): accuracy per connection, in units of 1e-6; beta (β): loss × connections. A higher "
    "alpha and a lower beta are better.";

constexpr const char* kFlopsOfTraining =
    "GFLOP: of the training steps, 1e9 multiplications and additions of connections and scores.";
constexpr const char* kSurvivalOfNewborns =
    "survival: share of new connections that the first drop which could take them left.";

std::string as_text(const Section& section, std::optional<std::size_t> columns) {
  std::string text = section.title.empty() ? "" : fitted_paragraph(section.title, columns);
  FittedTable table;
  if (section.table.rows.empty()) {
    table.text = "(no row)\n";
  } else {
    table = fitted(section.table, columns);
  }
  text += table.text;
  for (const std::string& note : table.notes) text += fitted_paragraph(note, columns);
  for (const Note& note : section.notes) {
    const bool is_idle =
        std::find(table.left_out.begin(), table.left_out.end(), note.of) != table.left_out.end();
    if (!is_idle) text += fitted_paragraph(note.text, columns);
  }
  return text;
}

/// Of the first of these that the table shows; or "".
std::string heading_of(const Section& section, std::initializer_list<Quantity> any) {
  for (const Quantity quantity : any) {
    for (const std::string& heading : section.table.header) {
      if (heading.starts_with(text_of(quantity).heading)) return heading;
    }
  }
  return "";
}

/// What is not among connections.
std::string without_output_layer(std::span<const std::optional<NetworkCells>> cells) {
  std::set<std::uint64_t> counts;
  for (const auto& each : cells) {
    if (each) counts.insert(each->output);
  }
  if (counts.empty()) return "connections: of the sparse layers.";
  const std::string more = counts.size() == 1
                               ? std::to_string(*counts.begin())
                               : fmt::format("{} to {}", *counts.begin(), *counts.rbegin());
  return fmt::format("connections: of the sparse layers; + {} of the dense output layer.", more);
}

}  // namespace

std::string written(const Section& section, const ReportFormat& format) {
  if (format.name == "text") return as_text(section, format.columns);
  const bool is_latex = format.name == "latex";
  const std::string before = is_latex ? "% " : "";
  const std::string gap = format.name == "markdown" ? "\n" : "";
  std::string text = before + section.title + '\n' + gap;
  if (section.table.rows.empty()) {
    text += before + "(no row)\n";
  } else {
    text += formatted(section.table, format.name);
  }
  for (const Note& note : section.notes) {
    text += fmt::format("{}{}{}\n", gap, before, note.text);
  }
  return text;
}

TextTable labelled(const RowLabels::Columns& labels) {
  TextTable table;
  table.header = labels.header;
  table.left_aligned = table.header.size();
  table.ranks = labels.ranks;
  return table;
}

void add_notes_on_columns(Section& section, std::span<const std::optional<NetworkCells>> cells) {
  const std::string ratio = heading_of(section, {Quantity::kAlpha, Quantity::kBeta});
  if (!ratio.empty()) section.notes.emplace_back(kAlphaAndBeta, ratio);
  const std::string connections = heading_of(section, {Quantity::kConnections});
  if (!connections.empty()) {
    section.notes.emplace_back(without_output_layer(cells), connections);
  }
  add_notes_on_cost(section);
}

void add_notes_on_cost(Section& section) {
  const std::string flops = heading_of(section, {Quantity::kFlops});
  if (!flops.empty()) section.notes.emplace_back(kFlopsOfTraining, flops);
  const std::string survival = heading_of(section, {Quantity::kSurvival});
  if (!survival.empty()) section.notes.emplace_back(kSurvivalOfNewborns, survival);
}

std::string number(double value, const QuantityText& text) {
  return fmt::format("{:.{}f}", value * text.scale, text.digits);
}

std::string mean_cell(const Moments& of, const QuantityText& text) {
  if (of.n == 0) return kNothing;
  std::string mean = number(of.mean, text);
  if (!of.standard_deviation) return mean;
  return mean + " ± " + number(*of.standard_deviation, text);
}

std::string signed_number(double value, const QuantityText& text) {
  return fmt::format("{:+.{}f}", value * text.scale, text.digits);
}

}  // namespace regrow

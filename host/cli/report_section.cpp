// A table for people, with its title and what is to be known of it.
#include "cli/report_section.h"

#include <fmt/format.h>

namespace regrow {

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

TextTable labelled(const RowLabels& labels) {
  TextTable table;
  table.header = labels.header();
  table.left_aligned = table.header.size();
  return table;
}

std::string number(double value, const QuantityText& text) {
  return fmt::format("{:.{}f}", value * text.scale, text.digits);
}

std::string signed_number(double value, const QuantityText& text) {
  return fmt::format("{:+.{}f}", value * text.scale, text.digits);
}

}  // namespace regrow

// A table of words, as aligned text, Markdown, CSV or LaTeX.
#include "cli/table/text_table.h"

#include <algorithm>
#include <map>
#include <regex>

#include "cli/terminal/text_layout.h"

namespace regrow {
namespace {

std::vector<std::size_t> column_widths(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    std::size_t width = display_width(table.header[c]);
    for (const auto& row : table.rows) width = std::max(width, display_width(row[c]));
    widths.push_back(width);
  }
  return widths;
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string room(width - display_width(text), ' ');
  return left ? text + room : room + text;
}

std::string aligned_row(const TextTable& table, const std::vector<std::string>& row,
                        const std::vector<std::size_t>& widths, const std::string& before,
                        const std::string& between, const std::string& after) {
  std::string line = before;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (c > 0) line += between;
    line += padded(row[c], widths[c], table.is_word(c));
  }
  line += after;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

/// Of a bar Markdown would make two cells.
TextTable with_bars_escaped(TextTable table) {
  static const std::regex bar("\\|");
  const auto escape = [](std::string& text) { text = std::regex_replace(text, bar, "\\|"); };
  std::for_each(table.header.begin(), table.header.end(), escape);
  for (auto& row : table.rows) std::for_each(row.begin(), row.end(), escape);
  return table;
}

/// A number's cell for LaTeX: signs and powers of ten in mathematics, and a dash for nothing.
std::string latex_number(const std::string& text) {
  static const std::regex power("([0-9.]+)e([+-]?)0*([0-9]+)");
  static const std::regex sign("(^|[^0-9e])([+-])([0-9])");
  if (text == "-") return "--";
  std::string number = std::regex_replace(latex_text(text), sign, "$1$$$2$$$3");
  number = std::regex_replace(number, power, "$1$$\\times 10^{$2$3}$$");
  return std::regex_replace(number, std::regex("\\{\\+"), "{");
}

}  // namespace

std::string as_text(const TextTable& table) {
  const auto widths = column_widths(table);
  std::string text = aligned_row(table, table.header, widths, "", "  ", "");
  for (const auto& row : table.rows) text += aligned_row(table, row, widths, "", "  ", "");
  return text;
}

std::string as_markdown(const TextTable& table) {
  const TextTable escaped = with_bars_escaped(table);
  const auto widths = column_widths(escaped);
  std::string text = aligned_row(escaped, escaped.header, widths, "| ", " | ", " |");
  text += '|';
  for (std::size_t c = 0; c < widths.size(); ++c) {
    text += escaped.is_word(c) ? "---|" : "---:|";
  }
  text += '\n';
  for (const auto& row : escaped.rows) text += aligned_row(escaped, row, widths, "| ", " | ", " |");
  return text;
}

std::string latex_text(const std::string& text) {
  static const std::map<char, std::string> escapes = {{'\\', "\\textbackslash{}"},
                                                      {'~', "\\textasciitilde{}"},
                                                      {'^', "\\textasciicircum{}"},
                                                      {'&', "\\&"},
                                                      {'%', "\\%"},
                                                      {'$', "\\$"},
                                                      {'#', "\\#"},
                                                      {'_', "\\_"},
                                                      {'{', "\\{"},
                                                      {'}', "\\}"}};
  std::string escaped;
  for (const char c : text) {
    const auto escape = escapes.find(c);
    escaped += escape == escapes.end() ? std::string(1, c) : escape->second;
  }
  const std::string plus_minus = "±";
  for (std::size_t at = 0; (at = escaped.find(plus_minus, at)) != std::string::npos;) {
    escaped.replace(at, plus_minus.size(), "$\\pm$");
  }
  return escaped;
}

std::string as_latex(const TextTable& table) {
  std::string text = "\\begin{tabular}{";
  for (std::size_t c = 0; c < table.header.size(); ++c) text += table.is_word(c) ? 'l' : 'r';
  text += "}\n\\toprule\n";
  const auto append = [&](const std::vector<std::string>& row, bool is_header) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) text += " & ";
      text += is_header || table.is_word(c) ? latex_text(row[c]) : latex_number(row[c]);
    }
    text += " \\\\\n";
  };
  append(table.header, true);
  text += "\\midrule\n";
  for (const auto& row : table.rows) append(row, false);
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string formatted(const TextTable& table, const std::string& format) {
  if (format == "markdown") return as_markdown(table);
  if (format == "csv") return as_csv(table);
  if (format == "latex") return as_latex(table);
  return as_text(table);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string as_csv(const TextTable& table) {
  std::string text;
  const auto append = [&](const std::vector<std::string>& row) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) text += ',';
      text += csv_field(row[c]);
    }
    text += '\n';
  };
  append(table.header);
  for (const auto& row : table.rows) append(row);
  return text;
}

}  // namespace regrow

// A table of words, as aligned text, Markdown, CSV or LaTeX.
#pragma once

#include <string>
#include <vector>

namespace regrow {

struct TextTable {
  std::vector<std::string> header;             // [columns]
  std::vector<std::vector<std::string>> rows;  // [rows][columns]
  std::size_t left_aligned = 1;                // so many columns; the others are numbers
  std::vector<bool> are_words{};  // [columns]: left-aligned; empty: by the number above
  /// [columns]: what to do without on a narrow terminal (cli/table/fitted_table.h); or empty.
  std::vector<int> ranks{};

  bool is_word(std::size_t column) const {
    return are_words.empty() ? column < left_aligned : are_words[column];
  }
};

std::string as_text(const TextTable& table);
std::string as_markdown(const TextTable& table);
std::string as_csv(const TextTable& table);
/// A tabular by the package booktabs.
std::string as_latex(const TextTable& table);
/// By the format's name: text, markdown, csv, latex.
std::string formatted(const TextTable& table, const std::string& format);

/// A field of a CSV file, in quotes where RFC 4180 asks for them.
std::string csv_field(const std::string& text);

/// Words for LaTeX, with its special characters escaped; ± in mathematics.
std::string latex_text(const std::string& text);

}  // namespace regrow

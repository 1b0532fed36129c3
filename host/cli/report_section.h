// A table for people, with its title and what is to be known of it.
#pragma once

#include <string>
#include <vector>

#include "cli/row_label.h"
#include "cli/text_table.h"

namespace regrow {

struct Section {
  std::string title;
  TextTable table;
  std::vector<std::string> notes;
};

/// As text, Markdown, or LaTeX, where title and notes are comments: the table is to be put into a
/// text with a caption of its own.
std::string written(const Section& section, const std::string& format);

/// A table that begins with the labels.
TextTable labelled(const RowLabels& labels);

inline constexpr const char* kNone = "-";
std::string number(double value, const QuantityText& text);
std::string signed_number(double value, const QuantityText& text);

}  // namespace regrow

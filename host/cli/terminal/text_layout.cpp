// How wide text is on a terminal, and text that is wrapped to one.
#include "cli/terminal/text_layout.h"

#include <algorithm>
#include <sstream>

namespace regrow {

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string shortened(const std::string& text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width <= columns) return text;
  if (columns == 0) return "";
  const std::size_t end = (columns - 1) * 2 / 3, begin = columns - 1 - end;
  std::string kept;
  std::size_t character = 0;  // from 1
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      if (character++ == begin) kept += "…";
    }
    if (character <= begin || character > width - end) kept += c;
  }
  return kept;
}

std::vector<std::string> wrapped(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  std::istringstream paragraphs(text);
  for (std::string paragraph; std::getline(paragraphs, paragraph);) {
    std::istringstream words(paragraph);
    std::string line;
    for (std::string word; words >> word;) {
      if (!line.empty() && display_width(line) + 1 + display_width(word) > columns) {
        lines.push_back(std::move(line));
        line.clear();
      }
      if (!line.empty()) line += ' ';
      line += word;
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string fitted_paragraph(const std::string& text, std::optional<std::size_t> columns) {
  if (!columns) return text + '\n';
  std::string lines;
  for (const std::string& line : wrapped(text, *columns)) lines += line + '\n';
  return lines;
}

}  // namespace regrow

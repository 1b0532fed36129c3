// How wide text is on a terminal, and text that is wrapped to one.
#include "cli/terminal/text_layout.h"

#include <sstream>

#include "base/utf8.h"

namespace regrow {

std::size_t display_width(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    width += width_of(character);
    at += character.bytes;
  }
  return width;
}

std::string first_columns(const std::string& text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t width = 0; at < text.size();) {
    const Character character = character_at(text, at);
    width += width_of(character);
    if (width > columns) break;
    at += character.bytes;
  }
  return text.substr(0, at);
}

std::string shortened(const std::string& text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width <= columns) return text;
  if (columns == 0) return "";
  const std::size_t end = (columns - 1) * 2 / 3, begin = columns - 1 - end;
  std::size_t skipped = 0;
  for (std::size_t left = width; skipped < text.size();) {
    const Character character = character_at(text, skipped);
    // A combining character goes with that before it.
    if (left <= end && width_of(character) > 0) break;
    left -= width_of(character);
    skipped += character.bytes;
  }
  return first_columns(text, begin) + "…" + text.substr(skipped);
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

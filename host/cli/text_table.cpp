// A table of words, as aligned text, Markdown or CSV.
#include "cli/text_table.h"

#include <algorithm>

namespace regrow {
namespace {

/// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::size_t> column_widths(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    std::size_t width = width_of(table.header[c]);
    for (const auto& row : table.rows) width = std::max(width, width_of(row[c]));
    widths.push_back(width);
  }
  return widths;
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string room(width - width_of(text), ' ');
  return left ? text + room : room + text;
}

std::string aligned_row(const TextTable& table, const std::vector<std::string>& row,
                        const std::vector<std::size_t>& widths, const std::string& before,
                        const std::string& between, const std::string& after) {
  std::string line = before;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (c > 0) line += between;
    line += padded(row[c], widths[c], c < table.left_aligned);
  }
  line += after;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string as_text(const TextTable& table) {
  const auto widths = column_widths(table);
  std::string text = aligned_row(table, table.header, widths, "", "  ", "");
  for (const auto& row : table.rows) text += aligned_row(table, row, widths, "", "  ", "");
  return text;
}

std::string as_markdown(const TextTable& table) {
  const auto widths = column_widths(table);
  std::string text = aligned_row(table, table.header, widths, "| ", " | ", " |");
  text += '|';
  for (std::size_t c = 0; c < widths.size(); ++c) {
    text += c < table.left_aligned ? "---|" : "---:|";
  }
  text += '\n';
  for (const auto& row : table.rows) text += aligned_row(table, row, widths, "| ", " | ", " |");
  return text;
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

#include "readers/csv_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/utf8.h"
#include "readers/cell.h"

namespace regrow {
namespace {

bool ends_line(char byte) { return byte == '\n' || byte == '\r'; }

/// Of text that does not end between a CR and its LF.
std::uint64_t line_ends(std::string_view text) {
  std::uint64_t ends = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    ends += static_cast<std::uint64_t>(ends_line(text[i]) && !is_pair);
  }
  return ends;
}

}  // namespace

bool CsvRecords::next() {
  do {
    text_->skip(record_bytes_);
    line_ += record_lines_;
    record_bytes_ = record_lines_ = 0;
    if (at_end_ && text_->text().empty()) return false;
    while (!scan()) {
      if (text_->text().size() > kMostRecordBytes) {
        fail("a record has more than 64 MiB", "close the quote that it may have");
      }
      at_end_ = !text_->read_on();
      if (at_end_ && text_->text().empty()) return false;
    }
    make_fields();
  } while (fields_.size() == 1 && fields_[0].empty() && !extents_[0].is_quoted);
  return true;
}

void CsvRecords::rewind() {
  text_->rewind();
  record_bytes_ = record_lines_ = 0;
  line_ = 1;
  at_end_ = false;
}

bool CsvRecords::scan() {
  const std::string_view text = text_->text();
  extents_.clear();
  record_lines_ = 0;
  for (std::size_t at = 0;;) {
    if (!scan_field(text, at)) return false;
    if (at < text.size() && text[at] == separator_) {
      ++at;
      continue;
    }
    if (at < text.size()) {
      if (text[at] == '\0') fail("has a NUL byte", "give a file that is text");
      // An LF may follow a CR.
      if (text[at] == '\r' && at + 1 == text.size() && !at_end_) return false;
      at += text.substr(at).starts_with("\r\n") ? 2 : 1;
      ++record_lines_;
    }
    record_bytes_ = at;
    return true;
  }
}

bool CsvRecords::scan_field(std::string_view text, std::size_t& at) {
  const std::size_t begin = after_blanks(text, at);
  at = begin;
  if (at < text.size() && text[at] == '"') return scan_quoted(text, at);
  const char separator = separator_;
  while (at < text.size()) {
    const char byte = text[at];
    // Most bytes are above all of them.
    if (byte == separator || (byte < ' ' && (ends_line(byte) || byte == '\0'))) break;
    ++at;
  }
  if (at == text.size() && !at_end_) return false;
  std::size_t end = at;
  while (end > begin && is_blank(text[end - 1])) --end;
  extents_.push_back({.begin = begin, .end = end});
  return true;
}

bool CsvRecords::scan_quoted(std::string_view text, std::size_t& at) {
  const std::size_t begin = at + 1;
  bool has_quotes = false;
  std::size_t end = begin;
  for (;;) {
    end = text.find('"', end);
    if (end == std::string_view::npos) {
      if (at_end_) fail("a quote is not closed", "close it, or double a quote that is text");
      return false;
    }
    if (end + 1 == text.size() || text[end + 1] != '"') break;
    has_quotes = true;
    end += 2;
  }
  at = after_blanks(text, end + 1);
  if (at == text.size() && !at_end_) return false;
  const std::string_view field = text.substr(begin, end - begin);
  if (at < text.size() && text[at] != separator_ && !ends_line(text[at])) {
    fail(fmt::format("text follows the quote that closes '{}'", excerpt(field)),
         "double the quotes within a quoted field");
  }
  if (field.find('\0') != std::string_view::npos) {
    fail("has a NUL byte", "give a file that is text");
  }
  record_lines_ += line_ends(field);
  extents_.push_back(
      {.begin = begin, .end = end, .is_quoted = true, .has_doubled_quotes = has_quotes});
  return true;
}

std::size_t CsvRecords::after_blanks(std::string_view text, std::size_t at) const {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

void CsvRecords::make_fields() {
  const std::span<char> text = text_->unread();
  fields_.clear();
  for (const Extent& extent : extents_) {
    const std::span<char> field = text.subspan(extent.begin, extent.end - extent.begin);
    std::size_t length = field.size();
    if (extent.has_doubled_quotes) {
      length = 0;
      for (std::size_t i = 0; i < field.size(); ++i) {
        field[length++] = field[i];
        if (field[i] == '"') ++i;
      }
    }
    fields_.emplace_back(field.data(), length);
  }
}

void CsvRecords::fail(std::string_view problem, std::string_view remedy) const {
  text_->source().fail(fmt::format("line {}: {}", line_, problem), remedy);
}

char separator_of(TextBuffer& text) {
  const auto first_line = [&] { return text.text().substr(0, text.text().find_first_of("\r\n")); };
  while (first_line().size() == text.text().size() && text.text().size() <= kMostRecordBytes &&
         text.read_on()) {
  }
  const std::string_view line = first_line();
  bool is_quoted = false, has_comma = false, has_semicolon = false, has_tab = false;
  for (const char byte : line) {
    if (byte == '"') is_quoted = !is_quoted;
    if (is_quoted) continue;
    has_comma |= byte == ',';
    has_semicolon |= byte == ';';
    has_tab |= byte == '\t';
  }
  if (has_comma && has_semicolon) {
    // Commas may be those of decimal numbers.
    bool are_numbers = true;
    for (std::size_t begin = 0; are_numbers && begin <= line.size();) {
      const std::size_t end = std::min(line.find(';', begin), line.size());
      const std::string_view field = trimmed(line.substr(begin, end - begin));
      are_numbers = has_decimal_comma(field) || parse_cell(field).kind == CellKind::kNumber;
      begin = end + 1;
    }
    return are_numbers ? ';' : ',';
  }
  if (has_comma) return ',';
  if (has_semicolon) return ';';
  return has_tab ? '\t' : ',';
}

}  // namespace regrow

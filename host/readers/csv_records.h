// A text of separated values, record by record, as RFC 4180 has them: fields may be quoted, and
// then hold separators, line ends and, doubled, quotes. Written here since the libraries for it
// tell no line numbers, and took longer than the conversion of the numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "readers/text_buffer.h"

namespace regrow {

class CsvRecords {
 public:
  CsvRecords(TextBuffer& text, char separator) : text_(&text), separator_(separator) {}

  /// The next record that is no blank line; false at the end. Lines end with LF, CR LF or CR;
  /// blanks around a field are passed over, a quote within an unquoted field is one. Throws Error
  /// naming the line: a quote that is not closed or that text follows, a NUL byte, a record that is
  /// too long.
  bool next();
  /// Of the record, until next() is called again.
  const std::vector<std::string_view>& fields() const { return fields_; }
  /// Where it begins, from 1.
  std::uint64_t line() const { return line_; }

  void rewind();

 private:
  struct Extent {
    std::size_t begin = 0, end = 0;
    bool is_quoted = false;
    bool has_doubled_quotes = false;  // to be made single
  };

  bool scan();  // false where more has to be read first
  bool scan_field(std::string_view text, std::size_t& at);
  bool scan_quoted(std::string_view text, std::size_t& at);
  bool is_blank(char byte) const { return (byte == ' ' || byte == '\t') && byte != separator_; }
  std::size_t after_blanks(std::string_view text, std::size_t at) const;
  void make_fields();
  [[noreturn]] void fail(std::string_view problem, std::string_view remedy) const;

  TextBuffer* text_;
  char separator_;
  std::vector<Extent> extents_;
  std::vector<std::string_view> fields_;
  std::size_t record_bytes_ = 0;  // with its end
  std::uint64_t record_lines_ = 0;
  std::uint64_t line_ = 1;
  bool at_end_ = false;  // all of the text is in the buffer
};

/// What separates the fields of a table that should have commas: these, or else semicolons or tabs,
/// as its first line has them.
char separator_of(TextBuffer& text);

}  // namespace regrow

// The part of a text that is in memory, of a text that need not fit into it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "readers/byte_source.h"

namespace regrow {

/// A longer record or line is most likely none: a quote is not closed, or it is no text.
inline constexpr std::size_t kMostRecordBytes = std::size_t{1} << 26;

class TextBuffer {
 public:
  /// `expected`: what the source should be ("a CSV table"). Throws Error where its first bytes are
  /// those of something else, or of no UTF-8 text. The mark of UTF-8 (BOM) is passed over.
  TextBuffer(ByteSource& source, std::string_view expected);

  /// What has been read and not been skipped. May be written to, as whoever takes quotes apart
  /// does.
  std::span<char> unread() { return std::span(buffer_).subspan(begin_, end_ - begin_); }
  std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// Makes unread() longer, and what it was before invalid; false at the end of the source.
  bool read_on();
  void skip(std::size_t bytes) { begin_ += bytes; }
  /// To the first byte of the text.
  void rewind();

  const ByteSource& source() const { return *source_; }

 private:
  void pass_mark();

  ByteSource* source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace regrow

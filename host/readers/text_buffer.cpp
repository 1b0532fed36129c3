#include "readers/text_buffer.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/file_kind.h"

namespace regrow {
namespace {

constexpr std::size_t kFirstBufferBytes = std::size_t{1} << 18;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

bool is_control(char byte) {
  return (byte >= 0 && byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') ||
         byte == '\x7f';
}

/// With its mark (BOM), or with a 0 in each of the first characters, which then are of ASCII.
bool is_utf16(std::string_view head) {
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) return true;
  if (head.size() < 4) return false;
  const auto is_zero = [&](std::size_t at) { return head[at] == '\0'; };
  return (is_zero(0) && is_zero(2) && !is_zero(1) && !is_zero(3)) ||
         (is_zero(1) && is_zero(3) && !is_zero(0) && !is_zero(2));
}

void require_text(const ByteSource& source, std::string_view expected) {
  constexpr std::string_view kRemedy = "give a file that is, or say with --data-format what it is";
  const std::string_view head = source.head();
  if (is_utf16(head)) source.fail("is UTF-16 text", "save it as UTF-8");
  if (std::any_of(head.begin(), head.end(), is_control)) {
    source.fail_as_other_kind(expected, "is no text", kRemedy);
  }
  // Other signatures may be words that a table begins with.
  const std::size_t begin = std::min(head.find_first_not_of(" \t\r\n"), head.size());
  const std::string_view start = head.substr(begin);
  const bool may_stand_in =
      start.starts_with(kUtf8Mark) || start.starts_with('<') || start.starts_with("version https:");
  const FileKind kind = may_stand_in ? foreign_kind(head) : FileKind{};
  if (!kind.name.empty() && !kind.is_any_text) source.fail_as_other_kind(expected, "", kRemedy);
}

}  // namespace

TextBuffer::TextBuffer(ByteSource& source, std::string_view expected)
    : source_(&source), buffer_(kFirstBufferBytes) {
  require_text(source, expected);
  pass_mark();
}

void TextBuffer::rewind() {
  source_->rewind();
  begin_ = end_ = 0;
  pass_mark();
}

void TextBuffer::pass_mark() {
  if (!source_->head().starts_with(kUtf8Mark)) return;
  read_on();
  skip(kUtf8Mark.size());
}

bool TextBuffer::read_on() {
  if (end_ == buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ > buffer_.size() / 2) buffer_.resize(2 * buffer_.size());
  }
  const std::size_t got = source_->read(
      std::span(reinterpret_cast<std::uint8_t*>(buffer_.data()) + end_, buffer_.size() - end_));
  end_ += got;
  return got > 0;
}

}  // namespace regrow

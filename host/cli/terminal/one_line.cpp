#include "cli/terminal/one_line.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace regrow {
namespace {

/// The character that UTF-8 has in two or three bytes at `at`, if it is one that a terminal acts
/// upon: a C1 control (U+009B begins an escape sequence on some), or one that turns the direction
/// of text.
std::uint32_t hidden_control(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return byte(i) & 0x3FU; };
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return byte(1);
  if (byte(0) != 0xE2) return 0;
  const std::uint32_t character = 0x2000U | (tail(1) << 6U) | tail(2);
  const bool turns = character == 0x200E || character == 0x200F ||
                     (character >= 0x202A && character <= 0x202E) ||
                     (character >= 0x2066 && character <= 0x2069);
  return turns && byte(1) >= 0x80 && byte(2) >= 0x80 ? character : 0;
}

}  // namespace

std::string one_line(const std::string& message) {
  std::string line;
  for (std::size_t at = 0; at < message.size(); ++at) {
    const char character = message[at];
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\n') {
      line += ' ';
    } else if (byte < 0x20 || byte == 0x7F) {
      line += fmt::format("\\x{:02x}", byte);
    } else if (const std::uint32_t control = hidden_control(message, at); control != 0) {
      line += fmt::format("\\u{:04x}", control);
      at += control < 0x100 ? 1 : 2;
    } else {
      line += character;
    }
  }
  return line;
}

}  // namespace regrow

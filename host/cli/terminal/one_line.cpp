#include "cli/terminal/one_line.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

#include "config/utf8.h"

namespace regrow {
namespace {

constexpr std::size_t kMostBytes = 4000;  // more than two paths of the system's longest have

std::string written_out(std::string_view message) {
  std::string line;
  for (std::size_t at = 0; at < message.size();) {
    const Character character = character_at(message, at);
    if (message[at] == '\n') {
      line += ' ';
    } else if (character.code < 0) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(message[at]));
    } else if (!is_hidden(character.code)) {
      line += message.substr(at, character.bytes);
    } else if (character.code < 0x80) {
      line += fmt::format("\\x{:02x}", character.code);
    } else if (character.code <= 0xFFFF) {
      line += fmt::format("\\u{:04x}", character.code);
    } else {
      line += fmt::format("\\U{:08x}", character.code);
    }
    at += character.bytes;
  }
  return line;
}

}  // namespace

std::string one_line(const std::string& message) {
  if (message.size() <= kMostBytes) return written_out(message);
  // The end has the remedy.
  const std::string_view text = message;
  return excerpt(written_out(text.substr(0, kMostBytes)), kMostBytes / 2) +
         written_out(text.substr(text.size() - kMostBytes / 8));
}

}  // namespace regrow

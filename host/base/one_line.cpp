#include "base/one_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/utf8.h"

namespace regrow {
namespace {

constexpr std::size_t kLongestWord = 300;   // more than a file's name and the line behind it have
constexpr std::size_t kLongestLine = 4000;  // more than most paths have

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

/// What is longer than the name of any file is shortened: a key or a value that somebody made up.
std::string with_short_words(std::string_view message) {
  std::string text;
  while (!message.empty()) {
    const std::string_view word = message.substr(0, message.find_first_of(" /\n"));
    text += word.size() > kLongestWord ? excerpt(word) : std::string(word);
    message.remove_prefix(word.size());
    if (message.empty()) break;
    text += message.front();
    message.remove_prefix(1);
  }
  return text;
}

}  // namespace

std::string one_line(const std::string& message) {
  std::string line = written_out(with_short_words(message));
  if (line.size() <= kLongestLine) return line;
  // The end has the remedy. What follows a blank begins no character in its middle.
  const std::size_t blank = line.find(' ', line.size() - kLongestLine / 8);
  return excerpt(line, kLongestLine / 2) + line.substr(std::min(blank, line.size()));
}

}  // namespace regrow

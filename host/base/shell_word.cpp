// What a shell gives a meaning to is quoted as POSIX has it, what a terminal would act on as bash
// has it.
#include "base/shell_word.h"

#include <fmt/format.h>

#include <cctype>
#include <string_view>

#include "base/utf8.h"

namespace regrow {
namespace {

bool is_plain(const std::string& path) {
  constexpr std::string_view kPlain = "_@%+=:,./-";
  for (std::size_t at = 0; at < path.size();) {
    const Character character = character_at(path, at);
    const char c = path[at];
    const bool is_ascii = character.bytes == 1;
    if (is_ascii && std::isalnum(static_cast<unsigned char>(c)) == 0 &&
        kPlain.find(c) == std::string_view::npos) {
      return false;
    }
    if (!is_ascii && is_blank(character.code)) return false;
    at += character.bytes;
  }
  return !path.empty() && path.front() != '=';  // which zsh takes for a command's path
}

/// As $'…', which bash and zsh read.
bool needs_escapes(const std::string& path) {
  for (std::size_t at = 0; at < path.size();) {
    const Character character = character_at(path, at);
    if (character.code < 0 || is_hidden(character.code)) return true;
    at += character.bytes;
  }
  return false;
}

std::string with_escapes(const std::string& path) {
  std::string word = "$'";
  for (std::size_t at = 0; at < path.size();) {
    const Character character = character_at(path, at);
    for (const char c : path.substr(at, character.bytes)) {
      if (character.code < 0 || is_hidden(character.code)) {
        word += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
      } else if (c == '\'' || c == '\\') {
        word += {'\\', c};
      } else {
        word += c;
      }
    }
    at += character.bytes;
  }
  return word + '\'';
}

}  // namespace

std::string shell_word(const std::string& path) {
  if (path.starts_with('-')) return shell_word("./" + path);
  if (needs_escapes(path)) return with_escapes(path);
  if (is_plain(path)) return path;
  std::string word = "'";
  for (const char c : path) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + '\'';
}

}  // namespace regrow

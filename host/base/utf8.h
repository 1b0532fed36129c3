// Text as UTF-8: whether it can be stored, what a terminal shows of it, and how much of it a
// message quotes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace regrow {

/// No overlong forms, surrogates or code points beyond U+10FFFF (Unicode 15, table 3-7). TOML and
/// JSON are UTF-8, and what is not could not be read back.
bool is_utf8(const std::string& text);

struct Character {
  std::size_t bytes = 1;
  std::int32_t code = -1;  // below 0: a byte that is no UTF-8
};

/// The one that begins at byte `at`, which the text has.
Character character_at(std::string_view text, std::size_t at);

/// Whether it has no shape of its own, but acts on what shows it: a control (C0, C1), a line or
/// paragraph separator, or a format character, which turns the direction of text or has no width.
bool is_hidden(std::int32_t code);

/// Whether it is a blank, of any width.
bool is_blank(std::int32_t code);

/// Columns of a terminal: 2 of East Asian wide characters, 0 of combining ones.
std::size_t width_of(const Character& character);

/// The text, or its beginning and "…" where it has more characters: what a message quotes of a name
/// or a value that may have any length.
std::string excerpt(std::string_view text, std::size_t most_characters = 60);

/// Equal of names that are one to some file system: those that differ in case, or in how their
/// accents are written. `name` is UTF-8.
std::string case_folded(const std::string& name);

}  // namespace regrow

// Text as UTF-8, by the tables of utf8proc.
#include "base/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "regrow/error.h"

namespace regrow {

Character character_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kMostBytes = 4;
  const std::string_view rest = text.substr(at, kMostBytes);
  utf8proc_int32_t code = -1;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                      static_cast<utf8proc_ssize_t>(rest.size()), &code);
  if (bytes <= 0) return {};
  return {static_cast<std::size_t>(bytes), code};
}

bool is_utf8(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (character.code < 0) return false;
    at += character.bytes;
  }
  return true;
}

bool is_hidden(std::int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

bool is_blank(std::int32_t code) { return utf8proc_category(code) == UTF8PROC_CATEGORY_ZS; }

std::size_t width_of(const Character& character) {
  if (character.code < 0) return 1;
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(character.code)));
}

std::string excerpt(std::string_view text, std::size_t most_characters) {
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size(); ++characters) {
    if (characters == most_characters) return std::string(text.substr(0, at)) + "…";
    at += character_at(text, at).bytes;
  }
  return std::string(text);
}

std::string case_folded(const std::string& name) {
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(name.data());
  utf8proc_uint8_t* mapped = nullptr;
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const auto size =
      utf8proc_map(bytes, static_cast<utf8proc_ssize_t>(name.size()), &mapped, options);
  REGROW_CHECK(size >= 0, "a name that is no UTF-8 is compared");
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

}  // namespace regrow

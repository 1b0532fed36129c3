// Whether a text can be stored: TOML and JSON are UTF-8, and what is not could not be read back.
#include "config/utf8.h"

#include <cstddef>
#include <cstdint>

namespace regrow {
namespace {

/// Bytes of the sequence that `lead` begins; 0 where none does.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// The second byte alone tells overlong forms, surrogates and too large code points.
bool is_second(std::uint8_t lead, std::uint8_t second) {
  const int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= lowest && second <= highest;
}

}  // namespace

bool is_utf8(const std::string& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(byte(i));
    if (length == 0 || length > text.size() - i) return false;
    if (length > 1 && !is_second(byte(i), byte(i + 1))) return false;
    for (std::size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

}  // namespace regrow

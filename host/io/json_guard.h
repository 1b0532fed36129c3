// A look at JSON before it is parsed: the library keeps the last of equal keys, and takes dozens of
// bytes of memory for each bracket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace regrow {

/// Lists and objects within one another; what regrow writes has six.
inline constexpr std::size_t kMostJsonLevels = 32;

enum class JsonKeys : std::uint8_t { kMayRepeat, kUnique };

/// Whether the text is one JSON value, in time linear in its size. Throws Error, which begins with
/// `what`, where it is nested deeper than kMostJsonLevels, or an object has a key twice that may
/// not.
bool is_sound_json(std::string_view text, JsonKeys keys, const std::string& what);

}  // namespace regrow

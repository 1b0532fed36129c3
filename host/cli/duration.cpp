// Times as people write them.
#include "cli/duration.h"

#include <cctype>
#include <charconv>
#include <cstddef>

namespace regrow {

std::optional<double> parse_duration(std::string_view text) {
  std::string_view units = "hms";  // each once, in this order
  std::optional<double> seconds;
  while (!text.empty()) {
    // from_chars() takes signs and names of numbers, too.
    if (std::isdigit(static_cast<unsigned char>(text.front())) == 0) return std::nullopt;
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (read.ec != std::errc()) return std::nullopt;
    const char unit = read.ptr == end ? 's' : *read.ptr;
    const std::size_t place = units.find(unit);
    if (place == std::string_view::npos) return std::nullopt;
    units.remove_prefix(place + 1);
    text = read.ptr == end ? "" : std::string_view(read.ptr + 1, end);
    seconds = seconds.value_or(0) + number * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
  }
  return seconds;
}

}  // namespace regrow

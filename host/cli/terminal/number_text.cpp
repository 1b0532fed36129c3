// Numbers as people read them.
#include "cli/terminal/number_text.h"

#include <fmt/format.h>

#include <cmath>

namespace regrow {

std::string short_number(double value) {
  // Each bound is where the text of the line above would be rounded to a digit more.
  const double size = std::abs(value);
  if (size < 9.99995) return fmt::format("{:.4f}", value);
  if (size < 99.9995) return fmt::format("{:.3f}", value);
  if (size < 999.995) return fmt::format("{:.2f}", value);
  if (size < 9999.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0e}", value);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "- %";
  if (part == whole) return "100 %";
  const double share = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return share < 1 ? fmt::format("{:.2g} %", share) : fmt::format("{:.1f} %", share);
}

std::string hours(std::optional<double> seconds) {
  constexpr double kCentury = 100 * 365.25 * 24 * 3600;
  if (!seconds || !(*seconds >= 0 && *seconds <= kCentury)) return "-:--:--";
  const auto whole = std::llround(*seconds);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string duration_text(double seconds) {
  return seconds >= 0 && seconds < 59.95 ? fmt::format("{:.1f} s", seconds) : hours(seconds);
}

}  // namespace regrow

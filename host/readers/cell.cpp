#include "readers/cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace regrow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMissingWords = {"NA"sv,   "N/A"sv,  "n/a"sv,  "#N/A"sv, "<NA>"sv,
                                      "null"sv, "NULL"sv, "None"sv, "?"sv};

bool is_missing(std::string_view text) {
  return text.empty() ||
         std::find(kMissingWords.begin(), kMissingWords.end(), text) != kMissingWords.end();
}

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/// Of a number that a double cannot hold: 0 of one that is too small, infinity of one too large.
double out_of_range(const char* begin, const char* end) {
  long double wide = 0;
  const auto result = std::from_chars(begin, end, wide);
  return result.ec == std::errc() ? static_cast<double>(wide)
                                  : std::numeric_limits<double>::infinity();
}

}  // namespace

Cell parse_cell(std::string_view text) {
  text = trimmed(text);
  const char* begin = text.data();
  const char* end = begin + text.size();
  // from_chars() knows no plus.
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') ++begin;
  Cell cell;
  const auto result = std::from_chars(begin, end, cell.value);
  const bool is_number = result.ec != std::errc::invalid_argument && result.ptr == end;
  if (!is_number) return {is_missing(text) ? CellKind::kMissing : CellKind::kText, 0};
  if (result.ec == std::errc::result_out_of_range) cell.value = out_of_range(begin, end);
  if (std::isnan(cell.value)) return {CellKind::kMissing, 0};
  if (std::isinf(cell.value)) return {CellKind::kNotFinite, 0};
  cell.kind = CellKind::kNumber;
  return cell;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_decimal_comma(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t comma = text.find(',');
  if (comma == 0 || comma == std::string_view::npos || comma + 1 == text.size()) return false;
  const std::string_view whole = text.substr(0, comma), part = text.substr(comma + 1);
  return std::all_of(whole.begin(), whole.end(), is_digit) &&
         std::all_of(part.begin(), part.end(), is_digit);
}

}  // namespace regrow

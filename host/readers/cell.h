// A field of a table or of a row of numbers: a number, a value that is missing, or text.
#pragma once

#include <cstdint>
#include <string_view>

namespace regrow {

enum class CellKind : std::uint8_t {
  kNumber,
  kMissing,    // nothing, or one of the usual words for it, as NA, NaN, null or ?
  kNotFinite,  // infinite, or beyond what a double holds
  kText
};

struct Cell {
  CellKind kind = CellKind::kText;
  double value = 0;  // of a number
};

/// Decimal numbers with a decimal point, an exponent or a sign, and nothing else.
Cell parse_cell(std::string_view text);

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

/// Whether it would be a number if its comma were a point, as in 1,5.
bool has_decimal_comma(std::string_view text);

}  // namespace regrow

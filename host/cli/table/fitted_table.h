// A table for people that fits a terminal: narrower where it must be.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/table/text_table.h"

namespace regrow {

/// Ranks of TextTable: columns that say what a row is, that are always shown, and that a narrow
/// terminal does without, the highest first.
inline constexpr int kWithLast = -1;  // needed, and never in another part than the one before
inline constexpr int kKey = 0;
inline constexpr int kNeeded = 1;
inline constexpr int kUseful = 2;
inline constexpr int kExtra = 3;

struct FittedTable {
  std::string text;
  std::vector<std::string> notes;     // of what stands elsewhere, or not at all
  std::vector<std::string> left_out;  // headings
};

/// As as_text() where it fits into so many columns, or there is no terminal. Else columns are left
/// out by rank; what still is too wide goes on below, in parts that repeat the keys; and where the
/// keys alone take more than half of the width, rows are numbered, and the notes say which is
/// which. Without ranks the first column is the key, and all are needed.
FittedTable fitted(TextTable table, std::optional<std::size_t> columns);

/// As as_text(), with what is in the last column wrapped within it.
std::string with_last_wrapped(const TextTable& table, std::optional<std::size_t> columns);

}  // namespace regrow

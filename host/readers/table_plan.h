// What each column of a table of text is: an input of numbers, one of categories, the label, or
// nothing. Decided from the first record and what is known of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "readers/byte_source.h"
#include "readers/raw_samples.h"

namespace regrow {

/// Of one column, in the records after the first.
struct ColumnFacts {
  std::uint64_t text_line = 0;  // where its first value is that is no number; 0: there is none
  std::string text{};           // that value
  bool repeats_first = false;   // one of them is what the first record has; of might_name_label()
};

enum class ColumnRole : std::uint8_t { kIgnored, kNumber, kCategory, kLabelNumber, kLabelText };

struct TablePlan {
  bool has_header = false;
  std::vector<std::string> names{};     // [columns of the file], of the header, or their numbers
  std::vector<ColumnRole> roles{};      // [columns of the file]
  std::vector<std::uint32_t> inputs{};  // [columns of the file], which of the schema's columns
  std::vector<std::string> notes{};

  bool reads_as(const TablePlan& other) const {
    return has_header == other.has_header && roles == other.roles;
  }
};

inline constexpr std::size_t kMostColumns = std::size_t{1} << 20;

/// Whether a column whose first value is this may be the label, by its name: it is what --label
/// asks for, or one of the usual names.
bool might_name_label(std::string_view first_value, const ReadRequest& request);

/// A table to train on. Its first record is a header
///  - where it has text in a column that else has numbers alone;
///  - where its fields are distinct, one of them is --label's or a usual name of a label, and this
///    does not appear again in its column;
///  - where it counts 0, 1, 2, 3, …, as pandas does for columns without names.
/// Throws Error where the label is not found, UsageError where it has to be named.
TablePlan plan_training(const ByteSource& source, const std::vector<std::string>& first,
                        const std::vector<ColumnFacts>& facts, const ReadRequest& request);

/// A table for a network that was trained on request.known: columns are found by their names where
/// both have a header, else by their places.
TablePlan plan_unseen(const ByteSource& source, const std::vector<std::string>& first,
                      const std::vector<ColumnFacts>& facts, const ReadRequest& request);

/// "column 'age'", or "column 3" of a table without a header.
std::string column_text(const TablePlan& plan, std::size_t column);

}  // namespace regrow

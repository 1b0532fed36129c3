// How the samples of a user's own files become network inputs: what a checkpoint remembers, so that
// other files are read in the same way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace regrow {

/// A column of a table: one input, or, where it has categories, an input a category, which is 1
/// where the sample is of it and else 0.
struct DataColumn {
  std::string name;  // of the header, or its number from 0, where there is none
  std::vector<std::string> categories{};  // in the order of the inputs

  bool operator==(const DataColumn&) const = default;
};

struct DataSchema {
  /// Whether the inputs are the pixels of an image, which have neighbours: only then they can be
  /// augmented, and connections grow beside pixels.
  bool is_image = true;
  /// Of a table with named or numbered columns, in the order of the inputs, without the label; else
  /// none.
  std::vector<DataColumn> columns{};
  std::string label{};      // the name of the column that is predicted, where it is one of a table
  bool zero_based = false;  // of a LIBSVM file: its features are counted from 0 instead of 1

  bool operator==(const DataSchema&) const = default;
};

/// Of a schema with columns the number of inputs that they make; else 0.
std::uint64_t inputs_of(const DataSchema& schema);

}  // namespace regrow

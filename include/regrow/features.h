// What samples consist of: the inputs as their files hold them, in one of three kinds of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

namespace regrow {

/// Compressed sparse rows: row i holds columns[row_begin[i] .. row_begin[i + 1]), ascending, and
/// their values; every other feature of it is 0.
struct SparseRows {
  std::vector<std::uint64_t> row_begin{0};  // [samples + 1]
  std::vector<std::uint32_t> columns;       // [stored], each below the number of features
  std::vector<float> values;                // [stored], finite

  std::size_t rows() const { return row_begin.size() - 1; }
  bool operator==(const SparseRows&) const = default;
};

using ByteFeatures = std::vector<std::uint8_t>;  // [samples][channel][row][col]
using FloatFeatures = std::vector<float>;        // [samples][channel][row][col], finite

/// Bytes stay bytes, and sparse rows sparse, in every memory that they are in; a back end makes
/// floats of the samples of a batch alone.
using Features = std::variant<ByteFeatures, FloatFeatures, SparseRows>;

enum class FeatureKind : std::uint8_t { kBytes, kFloats, kSparse };
FeatureKind kind_of(const Features& features);

/// Of the arrays, in bytes.
std::uint64_t bytes_of(const Features& features);

/// The values that are stored.
std::uint64_t stored_values(const Features& features);

/// Feature `column`, counted as in the file, of sample `row`, of so many a sample. For sparse rows
/// a binary search: for tests and for what is asked rarely.
float feature_value(const Features& features, std::size_t samples_features, std::size_t row,
                    std::size_t column);

}  // namespace regrow

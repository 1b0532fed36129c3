#include "regrow/features.h"

#include <algorithm>

#include "regrow/dataset.h"
#include "regrow/error.h"

namespace regrow {
namespace {

template <typename Number>
std::uint64_t bytes_of_array(const std::vector<Number>& numbers) {
  return numbers.size() * sizeof(Number);
}

FeatureKind kind_of_kind(const ByteFeatures& /*bytes*/) { return FeatureKind::kBytes; }
FeatureKind kind_of_kind(const FloatFeatures& /*floats*/) { return FeatureKind::kFloats; }
FeatureKind kind_of_kind(const SparseRows& /*rows*/) { return FeatureKind::kSparse; }

template <typename Number>
std::uint64_t stored_of_kind(const std::vector<Number>& numbers) {
  return numbers.size();
}
std::uint64_t stored_of_kind(const SparseRows& rows) { return rows.values.size(); }

std::uint64_t bytes_of_kind(const ByteFeatures& bytes) { return bytes_of_array(bytes); }
std::uint64_t bytes_of_kind(const FloatFeatures& floats) { return bytes_of_array(floats); }
std::uint64_t bytes_of_kind(const SparseRows& rows) {
  return bytes_of_array(rows.row_begin) + bytes_of_array(rows.columns) +
         bytes_of_array(rows.values);
}

template <typename Number>
float value_of(const std::vector<Number>& numbers, std::size_t a_sample, std::size_t row,
               std::size_t column) {
  return static_cast<float>(numbers[row * a_sample + column]);
}

float value_of(const SparseRows& rows, std::size_t /*a_sample*/, std::size_t row,
               std::size_t column) {
  const auto first = rows.columns.begin() + static_cast<std::ptrdiff_t>(rows.row_begin[row]);
  const auto last = rows.columns.begin() + static_cast<std::ptrdiff_t>(rows.row_begin[row + 1]);
  const auto found = std::lower_bound(first, last, column);
  if (found == last || *found != column) return 0;
  return rows.values[static_cast<std::size_t>(found - rows.columns.begin())];
}

}  // namespace

std::uint64_t bytes_of(const Features& features) {
  return std::visit([](const auto& kind) { return bytes_of_kind(kind); }, features);
}

FeatureKind kind_of(const Features& features) {
  return std::visit([](const auto& kind) { return kind_of_kind(kind); }, features);
}

FeatureKind kind_of(const Dataset& dataset) {
  const LabelledSamples& train = dataset.train;
  const LabelledSamples& test = dataset.test;
  const FeatureKind kind = kind_of(train.size() > 0 ? train.features : test.features);
  REGROW_CHECK(test.size() == 0 || kind_of(test.features) == kind,
               "training and test samples have features of one kind");
  return kind;
}

std::uint64_t stored_values(const Features& features) {
  return std::visit([](const auto& kind) { return stored_of_kind(kind); }, features);
}

float feature_value(const Features& features, std::size_t samples_features, std::size_t row,
                    std::size_t column) {
  return std::visit([&](const auto& kind) { return value_of(kind, samples_features, row, column); },
                    features);
}

}  // namespace regrow

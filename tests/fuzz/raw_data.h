// What must hold of samples that a reader of a user's own files gave, whatever the files were.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <variant>
#include <vector>

#include "readers/raw_samples.h"

namespace regrow::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

inline bool are_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

inline void require_sound(const SparseRows& rows, std::size_t samples, std::size_t width) {
  require(rows.rows() == samples && rows.row_begin.front() == 0);
  require(rows.row_begin.back() == rows.columns.size());
  require(rows.columns.size() == rows.values.size() && are_finite(rows.values));
  for (std::size_t row = 0; row < samples; ++row) {
    for (std::uint64_t i = rows.row_begin[row]; i < rows.row_begin[row + 1]; ++i) {
      require(rows.columns[i] < width);
      require(i == rows.row_begin[row] || rows.columns[i - 1] < rows.columns[i]);
    }
  }
}

inline void require_sound(const RawSamples& data) {
  const std::size_t width = data.shape.features();
  require(!data.source.empty() && data.samples > 0 && width > 0);
  if (const auto* rows = std::get_if<SparseRows>(&data.features)) {
    require_sound(*rows, data.samples, width);
  } else if (const auto* floats = std::get_if<FloatFeatures>(&data.features)) {
    require(floats->size() == data.samples * width && are_finite(*floats));
  } else {
    require(std::get<ByteFeatures>(data.features).size() == data.samples * width);
  }
  std::size_t inputs = 0;
  for (const DataColumn& column : data.schema.columns) {
    require(!column.name.empty());
    inputs += std::max<std::size_t>(column.categories.size(), 1);
  }
  require(data.schema.columns.empty() || inputs == width);
  if (const auto* texts = std::get_if<TextAnswers>(&data.answers)) {
    require(texts->ids.size() == data.samples);
    for (const std::uint32_t id : texts->ids) require(id < texts->names.size());
  } else if (const auto* numbers = std::get_if<NumberAnswers>(&data.answers)) {
    require(numbers->values.size() == data.samples * numbers->outputs);
    for (const double value : numbers->values) require(std::isfinite(value));
  }
}

/// Of samples that were trained on: what is remembered of them, for others.
inline TrainedOn remembered(const RawData& data) {
  TrainedOn known{.shape = data.train.shape,
                  .order = {},
                  .schema = data.train.schema,
                  .class_names = {},
                  .has_targets = false};
  if (const auto* texts = std::get_if<TextAnswers>(&data.train.answers)) {
    known.class_names = texts->names;
  }
  return known;
}

}  // namespace regrow::fuzz

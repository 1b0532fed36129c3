// The same values in every kind of memory that samples may be in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "regrow/dataset.h"
#include "regrow/features.h"

namespace regrow::tests {

inline constexpr std::array kAllKinds = {FeatureKind::kBytes, FeatureKind::kFloats,
                                         FeatureKind::kSparse};

inline std::string name_of_kind(FeatureKind kind) {
  return std::array{"bytes", "floats", "sparse rows"}[static_cast<std::size_t>(kind)];
}

/// values: [samples][features].
inline Features as_kind(FeatureKind kind, const std::vector<float>& values, std::size_t samples) {
  if (kind == FeatureKind::kBytes) return ByteFeatures(values.begin(), values.end());
  if (kind == FeatureKind::kFloats) return values;
  SparseRows rows;
  const std::size_t features = samples > 0 ? values.size() / samples : 0;
  for (std::size_t at = 0; at < values.size(); ++at) {
    // Of the zeros some are stored.
    if (values[at] != 0 || at % 13 == 5) {
      rows.columns.push_back(static_cast<std::uint32_t>(at % features));
      rows.values.push_back(values[at]);
    }
    if ((at + 1) % features == 0) rows.row_begin.push_back(rows.columns.size());
  }
  return rows;
}

/// Of samples that are bytes.
inline void change_kind(LabelledSamples& samples, FeatureKind kind) {
  const std::vector<float> values(samples.bytes().begin(), samples.bytes().end());
  samples.features = as_kind(kind, values, samples.size());
}

/// Of a data set of bytes, one in which features are odd: every third is a million and a little
/// more, and the sixth is constant.
inline Dataset with_odd_features(Dataset dataset, FeatureKind kind) {
  const std::size_t features = dataset.shape.features();
  for (LabelledSamples* samples : {&dataset.train, &dataset.test}) {
    std::vector<float> values(samples->bytes().begin(), samples->bytes().end());
    for (std::size_t at = 0; at < values.size(); ++at) {
      const std::size_t feature = at % features;
      if (feature % 3 == 1) values[at] = 1e6F + values[at] / 64;
      if (feature == 5) values[at] = 0.1F;
    }
    samples->features = as_kind(kind, values, samples->size());
  }
  dataset.standardisation = compute_standardisation(dataset);
  return dataset;
}

}  // namespace regrow::tests

// Samples taken out of many.
#include "readers/sample_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/feature_kinds.h"

namespace regrow {
namespace {

constexpr std::size_t kValuesOfASample = 3;

/// Sample s has the values 0, s and s² mod 7, the label s and the targets s + 1/2 and −s.
LabelledSamples numbered(const std::vector<std::uint32_t>& samples, FeatureKind kind,
                         bool has_targets) {
  LabelledSamples result;
  std::vector<float> values;
  for (const std::uint32_t s : samples) {
    const auto number = static_cast<float>(s);
    values.insert(values.end(), {0, number, static_cast<float>(s * s % 7)});
    result.labels.push_back(static_cast<std::uint16_t>(s));
    if (has_targets) result.targets.insert(result.targets.end(), {number + 0.5F, -number});
  }
  result.features = tests::as_kind(kind, values, samples.size());
  return result;
}

void expect_parted(const std::vector<std::uint32_t>& ids) {
  std::vector<std::uint32_t> all, rest;
  for (std::uint32_t s = 0; s < 20; ++s) {
    all.push_back(s);
    if (std::find(ids.begin(), ids.end(), s) == ids.end()) rest.push_back(s);
  }
  const std::vector<std::uint32_t>& others = rest;
  for (const FeatureKind kind : tests::kAllKinds) {
    for (const bool has_targets : {false, true}) {
      const PartedSamples parts = parted(numbered(all, kind, has_targets), ids, kValuesOfASample);
      for (const auto& [part, samples] :
           {std::pair{&parts.chosen, &ids}, std::pair{&parts.others, &others}}) {
        const LabelledSamples expected = numbered(*samples, kind, has_targets);
        EXPECT_EQ(part->labels, expected.labels);
        EXPECT_EQ(part->targets, expected.targets);
        EXPECT_EQ(kind_of(part->features), kind);
        for (std::size_t row = 0; row < samples->size(); ++row) {
          for (std::size_t column = 0; column < kValuesOfASample; ++column) {
            EXPECT_EQ(feature_value(part->features, kValuesOfASample, row, column),
                      feature_value(expected.features, kValuesOfASample, row, column))
                << tests::name_of_kind(kind) << ", row " << row << ", column " << column;
          }
        }
      }
      EXPECT_EQ(stored_values(parts.chosen.features) + stored_values(parts.others.features),
                stored_values(numbered(all, kind, has_targets).features));
    }
  }
}

TEST(PartedSamples, AreEachOnceAndInTheirOrder) {
  expect_parted({3});
  expect_parted({0, 1, 7, 19});
  expect_parted({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
}

TEST(PartedSamples, MayBeNoneOrAll) {
  expect_parted({});
  expect_parted({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
}

}  // namespace
}  // namespace regrow

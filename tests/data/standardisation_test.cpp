// The statistics against a plain two-pass computation in doubles.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "readers/data_files.h"
#include "regrow/dataset.h"

namespace regrow {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Dataset small_images(InputOrder order) {
  constexpr std::size_t kSamples = 40;
  Dataset dataset;
  dataset.name = "pattern";
  dataset.shape = {3, 4, 5};
  dataset.order = order;
  dataset.train = {pattern(kSamples * 60, 3), std::vector<std::uint16_t>(kSamples)};
  split_validation(dataset, false, 15, 0);
  return dataset;
}

void expect_plain_statistics(const Dataset& dataset) {
  const Standardisation actual = compute_standardisation(dataset);
  ASSERT_EQ(actual.mean.size(), 60U);
  ASSERT_EQ(actual.deviation.size(), 60U);
  const auto count = static_cast<double>(dataset.train_ids.size());
  for (std::uint32_t channel = 0; channel < 3; ++channel) {
    for (std::uint32_t row = 0; row < 4; ++row) {
      for (std::uint32_t col = 0; col < 5; ++col) {
        const std::size_t source = (channel * 4 + row) * 5 + col;
        const std::size_t feature = dataset.order == InputOrder::kHwc
                                        ? (row * 5 + col) * 3 + channel
                                        : (channel * 4 + row) * 5 + col;
        double mean = 0;
        for (const std::size_t id : dataset.train_ids) {
          mean += dataset.train.bytes()[id * 60 + source] / count;
        }
        double variance = 0;
        for (const std::size_t id : dataset.train_ids) {
          variance += std::pow(dataset.train.bytes()[id * 60 + source] - mean, 2) / count;
        }
        EXPECT_NEAR(actual.mean[feature], mean, 1e-10);
        EXPECT_NEAR(actual.deviation[feature], std::sqrt(variance), 1e-10);
      }
    }
  }
}

TEST(Standardisation, IsOfTheTrainedImagesInNetworkOrder) {
  expect_plain_statistics(small_images(InputOrder::kHwc));
  expect_plain_statistics(small_images(InputOrder::kChw));
}

TEST(Standardisation, HasNoFiniteDeviationWhereAPixelNeverChanges) {
  Dataset dataset = small_images(InputOrder::kChw);
  for (std::size_t id = 0; id < dataset.train.size(); ++id)
    dataset.train.bytes()[id * 60 + 7] = 201;
  const Standardisation actual = compute_standardisation(dataset);
  EXPECT_EQ(actual.mean[7], 201.0);
  EXPECT_EQ(actual.deviation[7], kInfinity);
}

// 0 and 255 in turn: an even count gives exactly 127.5 for both.
TEST(Standardisation, IsExactWhereTheResultIs) {
  Dataset dataset;
  dataset.name = "two values";
  dataset.shape = {1, 1, 1};
  dataset.train = {std::vector<std::uint8_t>(70000), std::vector<std::uint16_t>(70000)};
  for (std::size_t i = 0; i < 70000; i += 2) dataset.train.bytes()[i] = 255;
  split_validation(dataset, true, 0, 0);
  const Standardisation actual = compute_standardisation(dataset);
  EXPECT_EQ(actual.mean[0], 127.5);
  EXPECT_EQ(actual.deviation[0], 127.5);
}

/// The rows of a table, all of them trained on.
Dataset table(const std::vector<std::vector<float>>& rows, bool sparse) {
  Dataset dataset;
  dataset.name = "table";
  dataset.shape = {1, 1, static_cast<std::uint32_t>(rows.front().size())};
  FloatFeatures floats;
  SparseRows compressed;
  for (const std::vector<float>& row : rows) {
    floats.insert(floats.end(), row.begin(), row.end());
    for (std::uint32_t f = 0; f < row.size(); ++f) {
      if (row[f] == 0) continue;
      compressed.columns.push_back(f);
      compressed.values.push_back(row[f]);
    }
    compressed.row_begin.push_back(compressed.columns.size());
  }
  dataset.train.features = sparse ? Features(compressed) : Features(floats);
  dataset.train.labels.resize(rows.size());
  split_validation(dataset, true, 0, 0);
  return dataset;
}

Standardisation statistics_of(const std::vector<std::vector<float>>& rows, bool sparse) {
  return compute_standardisation(table(rows, sparse));
}

constexpr std::array kDenseAndSparse = {false, true};

TEST(StandardisationOfFloats, IsThatOfTheSameBytes) {
  for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
    Dataset images = small_images(order);
    const Standardisation expected = compute_standardisation(images);
    const Bytes pixels = images.train.bytes();
    for (const bool sparse : kDenseAndSparse) {
      std::vector<std::vector<float>> rows;
      for (std::size_t i = 0; i < images.train.size(); ++i) {
        const auto first = pixels.begin() + static_cast<std::ptrdiff_t>(i * 60);
        rows.emplace_back(first, first + 60);
      }
      images.train.features = table(rows, sparse).train.features;
      const Standardisation actual = compute_standardisation(images);
      for (std::size_t f = 0; f < 60; ++f) {
        EXPECT_NEAR(actual.mean[f], expected.mean[f], 1e-12);
        EXPECT_NEAR(actual.deviation[f], expected.deviation[f], 1e-12);
      }
    }
  }
}

TEST(StandardisationOfFloats, IsOfTheSamplesTrainedOnAlone) {
  for (const bool sparse : kDenseAndSparse) {
    Dataset dataset = table({{1}, {100}, {3}, {1e30F}}, sparse);
    dataset.train_ids = {0, 2};
    EXPECT_EQ(compute_standardisation(dataset), (Standardisation{{2}, {1}}));
  }
}

TEST(StandardisationOfFloats, CountsTheZerosThatAreNotStored) {
  const Standardisation actual = statistics_of({{4, 0}, {0, 0}, {0, 5}, {0, 0}}, true);
  EXPECT_DOUBLE_EQ(actual.mean[0], 1);
  EXPECT_DOUBLE_EQ(actual.deviation[0], std::sqrt(3.0));
  EXPECT_DOUBLE_EQ(actual.mean[1], 1.25);
  EXPECT_DOUBLE_EQ(actual.deviation[1], std::sqrt(75.0 / 16));
}

// Stored or not, and whatever a variance would be rounded to.
TEST(StandardisationOfFloats, FindsWhatNeverChanges) {
  for (const bool sparse : kDenseAndSparse) {
    const Standardisation actual = statistics_of(
        {{0, 0.1F, -3e38F, 0, -0.0F}, {0, 0.1F, -3e38F, 2, 0}, {0, 0.1F, -3e38F, 0, 0}}, sparse);
    EXPECT_EQ(actual.mean[0], 0);
    EXPECT_EQ(actual.mean[1], double{0.1F});
    EXPECT_EQ(actual.mean[2], double{-3e38F});
    for (const std::size_t f : {0, 1, 2, 4}) EXPECT_EQ(actual.deviation[f], kInfinity) << f;
    EXPECT_LT(actual.deviation[3], 1) << "of stored values alone it would not change";
  }
}

// 100,001 times 0.1F: a sum of them is rounded, but they are all alike.
TEST(StandardisationOfFloats, FindsWhatNeverChangesInManySamples) {
  std::vector<std::vector<float>> rows(100'001, {0.1F, 0.1F});
  rows[70'000][1] = 0.2F;
  for (const bool sparse : kDenseAndSparse) {
    const Standardisation actual = statistics_of(rows, sparse);
    EXPECT_EQ(actual.mean[0], double{0.1F});
    EXPECT_EQ(actual.deviation[0], kInfinity);
    EXPECT_NEAR(actual.deviation[1], 0.1 / std::sqrt(100'001.0), 1e-8);
  }
}

// A single deviation between neighbouring floats, a million of them from 0; and by the textbook's
// n·Σx² − (Σx)² nothing would be left of it.
TEST(StandardisationOfFloats, IsExactFarFromZero) {
  constexpr float kFar = 16777214;
  std::vector<std::vector<float>> rows;
  for (int i = 0; i < 50'000; ++i) rows.push_back({kFar + static_cast<float>(i % 2)});
  for (const bool sparse : kDenseAndSparse) {
    const Standardisation actual = statistics_of(rows, sparse);
    EXPECT_NEAR(actual.mean[0], kFar + 0.5, 1e-8);
    EXPECT_NEAR(actual.deviation[0], 0.5, 1e-12);
  }
}

// A sum of so many in floats would be off by far more than their deviation.
TEST(StandardisationOfFloats, IsExactOfManySamples) {
  std::vector<std::vector<float>> rows(300'000, {1.1F});
  for (std::size_t i = 0; i < rows.size(); i += 3) rows[i] = {std::nextafter(1.1F, 2.0F)};
  const double step = double{std::nextafter(1.1F, 2.0F)} - double{1.1F};
  for (const bool sparse : kDenseAndSparse) {
    const Standardisation actual = statistics_of(rows, sparse);
    EXPECT_NEAR((actual.mean[0] - double{1.1F}) / step, 1.0 / 3, 1e-7);
    EXPECT_NEAR(actual.deviation[0] / step, std::sqrt(2.0) / 3, 1e-7);
  }
}

TEST(StandardisationOfFloats, StaysFiniteAtTheEndsOfTheirRange) {
  constexpr float kMost = std::numeric_limits<float>::max();
  constexpr float kLeast = std::numeric_limits<float>::denorm_min();
  for (const bool sparse : kDenseAndSparse) {
    const Standardisation actual = statistics_of({{kMost, kLeast, 1e-36F},
                                                  {-kMost, -kLeast, 3e-36F},
                                                  {kMost, kLeast, 1e-36F},
                                                  {-kMost, -kLeast, 3e-36F}},
                                                 sparse);
    EXPECT_EQ(actual.mean[0], 0);
    EXPECT_EQ(actual.deviation[0], double{kMost});
    EXPECT_EQ(actual.deviation[1], kInfinity) << "which differs in subnormal numbers alone";
    EXPECT_NEAR(actual.deviation[2] / 1e-36, 1, 1e-6);
  }
}

TEST(StandardisationOfFloats, OfOneSampleIsOfConstants) {
  for (const bool sparse : kDenseAndSparse) {
    EXPECT_EQ(statistics_of({{3, 0}}, sparse), (Standardisation{{3, 0}, {kInfinity, kInfinity}}));
  }
}

TEST(NoStandardisation, KeepsFloatsAndDividesBytes) {
  EXPECT_EQ(no_standardisation(table({{3, 0}}, false)), (Standardisation{{0, 0}, {1, 1}}));
  EXPECT_EQ(no_standardisation(table({{3, 0}}, true)), (Standardisation{{0, 0}, {1, 1}}));
  const Standardisation bytes = no_standardisation(small_images(InputOrder::kHwc));
  EXPECT_EQ(bytes.mean, std::vector<double>(60, 0));
  EXPECT_EQ(bytes.deviation, std::vector<double>(60, 255));
}

TEST(FeatureIndex, PutsChannelsLastInHwcAndFirstInChw) {
  constexpr ImageShape kImage{3, 32, 32};
  constexpr std::uint32_t kPixel = 2 * 32 + 5;
  EXPECT_EQ(feature_index(kImage, InputOrder::kHwc, 1, kPixel), (2U * 32 + 5) * 3 + 1);
  EXPECT_EQ(feature_index(kImage, InputOrder::kChw, 1, kPixel), 1U * 1024 + 2 * 32 + 5);
}

}  // namespace
}  // namespace regrow

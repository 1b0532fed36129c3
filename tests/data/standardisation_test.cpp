// The statistics against a plain two-pass computation in doubles.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "readers/data_files.h"
#include "regrow/dataset.h"

namespace regrow {
namespace {

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

TEST(Standardisation, HasDeviationOneWhereAPixelNeverChanges) {
  Dataset dataset = small_images(InputOrder::kChw);
  for (std::size_t id = 0; id < dataset.train.size(); ++id) dataset.train.bytes()[id * 60 + 7] = 201;
  const Standardisation actual = compute_standardisation(dataset);
  EXPECT_EQ(actual.mean[7], 201.0);
  EXPECT_EQ(actual.deviation[7], 1.0);
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

TEST(FeatureIndex, PutsChannelsLastInHwcAndFirstInChw) {
  constexpr ImageShape kImage{3, 32, 32};
  constexpr std::uint32_t kPixel = 2 * 32 + 5;
  EXPECT_EQ(feature_index(kImage, InputOrder::kHwc, 1, kPixel), (2U * 32 + 5) * 3 + 1);
  EXPECT_EQ(feature_index(kImage, InputOrder::kChw, 1, kPixel), 1U * 1024 + 2 * 32 + 5);
}

}  // namespace
}  // namespace regrow

// Standardisation and resampling of hand-made images.
#include "reference/load_batch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/feature_kinds.h"
#include "support/tiny_data.h"

namespace regrow::reference {
namespace {

const ImageShape kRow{1, 1, 4};
const std::vector<double> kPixels = {10, 20, 40, 80};
constexpr AffineMatrix kIdentity = {1, 0, 0, 0, 1, 0};

std::vector<double> shifted(float by, Interpolation interpolation) {
  AffineMatrix matrix = kIdentity;
  matrix[2] = by;
  return resampled(kRow, InputOrder::kHwc, kPixels, matrix, interpolation);
}

TEST(Resampling, IdentityChangesNothing) {
  EXPECT_EQ(shifted(0, Interpolation::kBilinear), kPixels);
  EXPECT_EQ(shifted(0, Interpolation::kNearest), kPixels);
}

TEST(Resampling, RepeatsEdgePixels) {
  EXPECT_EQ(shifted(2, Interpolation::kBilinear), (std::vector<double>{40, 80, 80, 80}));
  EXPECT_EQ(shifted(-3, Interpolation::kBilinear), (std::vector<double>{10, 10, 10, 10}));
}

TEST(Resampling, BilinearWeighsByDistance) {
  EXPECT_EQ(shifted(0.25F, Interpolation::kBilinear), (std::vector<double>{12.5, 25, 50, 80}));
}

TEST(Resampling, NearestRoundsHalfUp) {
  EXPECT_EQ(shifted(0.5F, Interpolation::kNearest), (std::vector<double>{20, 40, 80, 80}));
  EXPECT_EQ(shifted(0.25F, Interpolation::kNearest), kPixels);
  EXPECT_EQ(shifted(-0.5F, Interpolation::kNearest), kPixels);
}

TEST(Resampling, MixesFourPixelsInTwoDimensions) {
  const ImageShape shape{1, 2, 2};
  const std::vector<double> pixels = {0, 4, 8, 16};
  const std::vector<double> result = resampled(shape, InputOrder::kHwc, pixels,
                                               {1, 0, 0.5F, 0, 1, 0.25F}, Interpolation::kBilinear);
  EXPECT_DOUBLE_EQ(result[0], 0.75 * 2 + 0.25 * 12);
  EXPECT_DOUBLE_EQ(result[3], 16);
}

TEST(Resampling, ColumnsComeFirstInTheMatrix) {
  const ImageShape shape{1, 2, 3};
  const std::vector<double> pixels = {1, 2, 3, 4, 5, 6};
  const std::vector<double> mirrored =
      resampled(shape, InputOrder::kHwc, pixels, {-1, 0, 2, 0, 1, 0}, Interpolation::kBilinear);
  EXPECT_EQ(mirrored, (std::vector<double>{3, 2, 1, 6, 5, 4}));
  const std::vector<double> transposed =
      resampled(shape, InputOrder::kHwc, pixels, {0, 1, 0, 1, 0, 0}, Interpolation::kBilinear);
  EXPECT_EQ(transposed, (std::vector<double>{1, 4, 4, 2, 5, 5}));
}

TEST(Resampling, IsTheSamePictureInBothInputOrders) {
  const ImageShape shape{2, 4, 6};
  const AffineMatrix matrix = {0.9F, 0.2F, 0.3F, -0.2F, 0.9F, 0.7F};
  std::vector<double> hwc(shape.features());
  std::vector<double> chw(shape.features());
  for (std::uint32_t f = 0; f < shape.features(); ++f) chw[f] = f * f % 31;
  for (std::uint32_t c = 0; c < shape.channels; ++c) {
    for (std::uint32_t p = 0; p < shape.pixels(); ++p) {
      hwc[p * shape.channels + c] = chw[c * shape.pixels() + p];
    }
  }
  hwc = resampled(shape, InputOrder::kHwc, hwc, matrix, Interpolation::kBilinear);
  chw = resampled(shape, InputOrder::kChw, chw, matrix, Interpolation::kBilinear);
  for (std::uint32_t c = 0; c < shape.channels; ++c) {
    for (std::uint32_t p = 0; p < shape.pixels(); ++p) {
      EXPECT_EQ(hwc[p * shape.channels + c], chw[c * shape.pixels() + p]);
    }
  }
}

TEST(StandardisedInputs, HaveMeanZeroAndDeviationOneOverTheTrainingSamples) {
  for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
    const Dataset dataset = tests::tiny_dataset({.order = order});
    const std::uint32_t features = dataset.shape.features();
    std::vector<double> sum(features);
    std::vector<double> squares(features);
    for (const std::uint32_t id : dataset.train_ids) {
      const std::vector<double> inputs = standardised_inputs(dataset, dataset.train, id);
      for (std::uint32_t f = 0; f < features; ++f) {
        sum[f] += inputs[f];
        squares[f] += inputs[f] * inputs[f];
      }
    }
    const auto count = static_cast<double>(dataset.train_ids.size());
    for (std::uint32_t f = 0; f < features; ++f) {
      EXPECT_NEAR(sum[f] / count, 0, 1e-12) << f;
      EXPECT_NEAR(squares[f] / count, 1, 1e-12) << f;
    }
  }
}

TEST(StandardisedInputs, AreTheSameOfEveryKind) {
  for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
    const Dataset dataset = tests::tiny_dataset({.order = order});
    for (const FeatureKind kind : tests::kAllKinds) {
      LabelledSamples samples = dataset.train;
      tests::change_kind(samples, kind);
      for (std::size_t sample = 0; sample < samples.size(); ++sample) {
        EXPECT_EQ(standardised_inputs(dataset, samples, sample),
                  standardised_inputs(dataset, dataset.train, sample))
            << tests::name_of_kind(kind);
      }
    }
  }
}

TEST(StandardisedInputs, OfFloatsAreThoseOfTheirExactValues) {
  Dataset dataset;
  dataset.shape = {1, 1, 3};
  dataset.standardisation = {{1e6, 3, -1e38}, {0.5, HUGE_VAL, 2e38}};
  dataset.train = {.features = FloatFeatures{1e6F + 0.25F, 17, 3e38F}, .labels = {0}};
  EXPECT_EQ(standardised_inputs(dataset, dataset.train, 0),
            (std::vector<double>{0.5, 0, (double{3e38F} + 1e38) / 2e38}));
}

TEST(StandardisedInputs, OfSparseRowsHaveTheirZerosStandardised) {
  Dataset dataset;
  dataset.shape = {1, 1, 3};
  dataset.standardisation = {{2, -1, 0}, {4, 1, 1}};
  // An empty row, one of a stored value, and a full one.
  dataset.train = {.features = SparseRows{{0, 0, 1, 4}, {1, 0, 1, 2}, {5, 6, 7, 8}},
                   .labels = {0, 0, 0}};
  EXPECT_EQ(standardised_inputs(dataset, dataset.train, 0), (std::vector<double>{-0.5, 1, 0}));
  EXPECT_EQ(standardised_inputs(dataset, dataset.train, 1), (std::vector<double>{-0.5, 6, 0}));
  EXPECT_EQ(standardised_inputs(dataset, dataset.train, 2), (std::vector<double>{1, 8, 8}));
}

TEST(StandardisedInputs, PlaceChannelsByTheInputOrder) {
  Dataset dataset = tests::tiny_dataset();  // 2 channels of 4×6, hwc
  dataset.standardisation.mean.assign(48, 0);
  dataset.standardisation.deviation.assign(48, 1);
  const std::vector<double> hwc = standardised_inputs(dataset, dataset.train, 3);
  EXPECT_EQ(hwc[2 * 9 + 1], dataset.train.bytes()[3 * 48 + 24 + 9]);
  dataset.order = InputOrder::kChw;
  EXPECT_EQ(standardised_inputs(dataset, dataset.train, 3)[24 + 9], hwc[2 * 9 + 1]);
}

}  // namespace
}  // namespace regrow::reference

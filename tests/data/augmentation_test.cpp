// The affine matrix: what each of its parts does to known points, and the law of its parameters.
#include "regrow/augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include "regrow/philox.h"

namespace regrow {
namespace {

constexpr ImageShape kShape{3, 24, 32};

AugmentationSettings settings_of(double degrees, double shift, double flip) {
  return {.enabled = true,
          .rotate_degrees = degrees,
          .shift_fraction = shift,
          .flip_probability = flip,
          .interpolation = Interpolation::kBilinear};
}

std::pair<double, double> source_of(const AffineMatrix& m, double col, double row) {
  return {double{m[0]} * col + double{m[1]} * row + m[2],
          double{m[3]} * col + double{m[4]} * row + m[5]};
}

TEST(AugmentationMatrix, IsTheIdentityWithoutRanges) {
  const AffineMatrix identity{1, 0, 0, 0, 1, 0};
  for (std::uint64_t position = 0; position < 20; ++position) {
    EXPECT_EQ(augmentation_matrix(settings_of(0, 0, 0), kShape, 1, 2, position), identity);
    AugmentationSettings off = settings_of(10, 0.1, 0.5);
    off.enabled = false;
    EXPECT_EQ(augmentation_matrix(off, kShape, 1, 2, position), identity);
  }
}

TEST(AugmentationMatrix, FlipMirrorsColumns) {
  EXPECT_EQ(augmentation_matrix(settings_of(0, 0, 1), kShape, 1, 2, 3),
            (AffineMatrix{-1, 0, 31, 0, 1, 0}));
}

// The flip comes last: pixel (row, col) of the flipped image is (row, W − 1 − col) of the other.
TEST(AugmentationMatrix, FlipsWhatHasBeenRotatedAndShifted) {
  for (std::uint64_t position = 0; position < 20; ++position) {
    const AffineMatrix plain = augmentation_matrix(settings_of(30, 0.2, 0), kShape, 5, 1, position);
    const AffineMatrix flipped =
        augmentation_matrix(settings_of(30, 0.2, 1), kShape, 5, 1, position);
    for (const double col : {0.0, 9.0, 31.0}) {
      for (const double row : {0.0, 13.0, 23.0}) {
        const auto expected = source_of(plain, 31 - col, row);
        const auto actual = source_of(flipped, col, row);
        EXPECT_NEAR(actual.first, expected.first, 1e-4);
        EXPECT_NEAR(actual.second, expected.second, 1e-4);
      }
    }
  }
}

TEST(AugmentationMatrix, RotatesAboutTheCentreByTheDrawnAngle) {
  for (std::uint64_t position = 0; position < 20; ++position) {
    const double u = uniform_from_bits(random_block(9, Purpose::kAugmentation, 0, 4, position)[0]);
    const double angle = (2 * u - 1) * 90 * std::numbers::pi / 180;
    const AffineMatrix matrix = augmentation_matrix(settings_of(90, 0, 0), kShape, 9, 4, position);
    const auto centre = source_of(matrix, 15.5, 11.5);
    EXPECT_NEAR(centre.first, 15.5, 1e-5);
    EXPECT_NEAR(centre.second, 11.5, 1e-5);
    // A source pixel 10 to the right of the centre lands turned by `angle`, so that is its output.
    const auto source = source_of(matrix, 15.5 + 10 * std::cos(angle), 11.5 + 10 * std::sin(angle));
    EXPECT_NEAR(source.first, 25.5, 1e-4);
    EXPECT_NEAR(source.second, 11.5, 1e-4);
  }
}

TEST(AugmentationMatrix, ShiftsByAFractionOfEachSide) {
  for (std::uint64_t position = 0; position < 20; ++position) {
    const PhiloxBlock words = random_block(9, Purpose::kAugmentation, 0, 4, position);
    const AffineMatrix matrix = augmentation_matrix(settings_of(0, 0.1, 0), kShape, 9, 4, position);
    EXPECT_NEAR(-matrix[2], (2 * uniform_from_bits(words[1]) - 1) * 3.2F, 1e-5);
    EXPECT_NEAR(-matrix[5], (2 * uniform_from_bits(words[2]) - 1) * 2.4F, 1e-5);
  }
}

// Rotated first, then shifted: the image's centre arrives displaced by the shift as drawn,
// unturned.
TEST(AugmentationMatrix, ShiftsAfterItRotates) {
  for (std::uint64_t position = 0; position < 20; ++position) {
    const AffineMatrix shifted =
        augmentation_matrix(settings_of(0, 0.3, 0), kShape, 2, 0, position);
    const AffineMatrix both = augmentation_matrix(settings_of(45, 0.3, 0), kShape, 2, 0, position);
    const auto source = source_of(both, 15.5 - shifted[2], 11.5 - shifted[5]);
    EXPECT_NEAR(source.first, 15.5, 1e-4);
    EXPECT_NEAR(source.second, 11.5, 1e-4);
  }
}

TEST(AugmentationMatrix, DrawsItsParametersUniformlyFromTheirRanges) {
  constexpr std::uint64_t kDraws = 4000;
  double angle_sum = 0, angle_squares = 0, largest_angle = 0;
  double shift_sum = 0, shift_squares = 0, largest_shift = 0;
  std::uint64_t flips = 0;
  for (std::uint64_t position = 0; position < kDraws; ++position) {
    const AffineMatrix turned = augmentation_matrix(settings_of(10, 0, 0), kShape, 7, 3, position);
    const double angle = std::atan2(turned[1], turned[0]) * 180 / std::numbers::pi;
    angle_sum += angle;
    angle_squares += angle * angle;
    largest_angle = std::max(largest_angle, std::abs(angle));
    const double shift = augmentation_matrix(settings_of(0, 0.1, 0), kShape, 7, 3, position)[2];
    shift_sum += shift;
    shift_squares += shift * shift;
    largest_shift = std::max(largest_shift, std::abs(shift));
    flips += augmentation_matrix(settings_of(0, 0, 0.5), kShape, 7, 3, position)[0] < 0 ? 1 : 0;
  }
  // Uniform in ±a: mean 0, variance a²/3; the tolerances are five standard errors or more.
  EXPECT_NEAR(angle_sum / kDraws, 0, 0.5);
  EXPECT_NEAR(angle_squares / kDraws, 100.0 / 3, 2.5);
  EXPECT_LE(largest_angle, 10.00001);
  EXPECT_GT(largest_angle, 9.9);
  EXPECT_NEAR(shift_sum / kDraws, 0, 0.16);
  EXPECT_NEAR(shift_squares / kDraws, 3.2 * 3.2 / 3, 0.26);
  EXPECT_LE(largest_shift, 3.20001);
  EXPECT_GT(largest_shift, 3.16);
  EXPECT_NEAR(static_cast<double>(flips) / kDraws, 0.5, 0.04);
}

TEST(AugmentationMatrix, IsAFunctionOfSeedEpochAndPosition) {
  const AugmentationSettings settings = settings_of(10, 0.1, 0.5);
  const AffineMatrix matrix = augmentation_matrix(settings, kShape, 7, 3, 11);
  EXPECT_EQ(augmentation_matrix(settings, kShape, 7, 3, 11), matrix);
  EXPECT_NE(augmentation_matrix(settings, kShape, 8, 3, 11), matrix);
  EXPECT_NE(augmentation_matrix(settings, kShape, 7, 4, 11), matrix);
  EXPECT_NE(augmentation_matrix(settings, kShape, 7, 3, 12), matrix);
}

}  // namespace
}  // namespace regrow

// Measures of hand-made layers.
#include "reference/measure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "hand_made.h"

namespace regrow::reference {
namespace {

using tests::layer_of_weights;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ReferenceMeasure, CountsSignsZerosAndWhatIsNotFinite) {
  ReferenceLayer layer = layer_of_weights({-1, -0.0, 0, 2, 3, kNan, kInfinity});
  layer.weights.slots[0][0] = kNan;
  layer.biases.values[0] = -kInfinity;
  layer.biases.slots[0][0] = kNan;
  const LayerMeasures measures = measure(layer, {}, {});
  EXPECT_EQ(measures.weights,
            (WeightCounts{.negatives = 1, .positives = 2, .zeros = 2, .non_finite = 5}));
  EXPECT_EQ(measures.candidates, (WeightCounts{.negatives = 1, .positives = 2, .zeros = 2}));
  EXPECT_TRUE(measures.magnitudes.empty());
}

TEST(ReferenceMeasure, SkipsInactiveCells) {
  const LayerMeasures measures = measure(tests::layer_of({"#..", "..#"}), {}, {});
  EXPECT_EQ(measures.weights, (WeightCounts{.positives = 2}));
  EXPECT_EQ(measures.candidates, (WeightCounts{.positives = 2}));
}

TEST(ReferenceMeasure, WhatIsProtectedIsNoCandidate) {
  const ReferenceLayer layer = layer_of_weights({-1, 0, 2, -3, 4});
  const LayerMeasures measures = measure(layer, {0, 1, 4}, MagnitudeDigit{31, 23, 8, 0});
  EXPECT_EQ(measures.weights, (WeightCounts{.negatives = 2, .positives = 2, .zeros = 1}));
  EXPECT_EQ(measures.candidates, (WeightCounts{.negatives = 1, .positives = 1}));
  std::vector<std::uint64_t> exponents(256);
  exponents[128] = 2;  // of 2 and of 3
  EXPECT_EQ(measures.magnitudes, exponents);
}

TEST(ReferenceMeasure, RefusesToProtectWhatIsNoConnectionOrDoesNotAscend) {
  const ReferenceLayer layer = tests::layer_of({"##.#"});
  EXPECT_THROW(measure(layer, {2}, {}), std::logic_error);
  EXPECT_THROW(measure(layer, {4}, {}), std::logic_error);
  EXPECT_THROW(measure(layer, {3, 0}, {}), std::logic_error);
  EXPECT_THROW(measure(layer, {1, 1}, {}), std::logic_error);
}

TEST(ReferenceMeasure, ADenseLayerHasNoCandidates) {
  ReferenceLayer layer = layer_of_weights({-1, 0, 2});
  layer.kind = LayerKind::kDense;
  const LayerMeasures measures = measure(layer, {}, MagnitudeDigit());
  EXPECT_EQ(measures.weights, (WeightCounts{.negatives = 1, .positives = 1, .zeros = 1}));
  EXPECT_EQ(measures.candidates, WeightCounts());
  EXPECT_TRUE(measures.magnitudes.empty());
}

// 1.5 is 0x3FC00000 as a float and 0x3FF8000000000000 as a double.
TEST(ReferenceMeasure, CountsADigitOfTheBitsOfFloatsOrOfDoubles) {
  const ReferenceLayer layer = layer_of_weights({1.5, -1.5, 1.75, 2, 1.5 + 0x1p-40});
  std::vector<std::uint64_t> of_floats(4), of_doubles(4), below(2);
  of_floats[2] = 3;  // the least bit of a double is rounded off
  of_floats[3] = 1;
  EXPECT_EQ(measure(layer, {}, MagnitudeDigit{31, 21, 2, 0x3F8 >> 3}).magnitudes, of_floats);
  of_doubles = of_floats;
  EXPECT_EQ(measure(layer, {}, MagnitudeDigit{63, 50, 2, 0x3FF}).magnitudes, of_doubles);
  below = {2, 1};
  EXPECT_EQ(measure(layer, {}, MagnitudeDigit{63, 12, 1, 0x3FF8000000000000 >> 13}).magnitudes,
            below);
}

TEST(ReferenceMeasure, RefusesADigitBeyondItsKey) {
  const ReferenceLayer layer = layer_of_weights({1});
  EXPECT_NO_THROW(measure(layer, {}, MagnitudeDigit{31, 20, 11, 0}));
  EXPECT_NO_THROW(measure(layer, {}, MagnitudeDigit{63, 52, 11, 0}));
  for (const MagnitudeDigit& digit :
       {MagnitudeDigit{31, 21, 11, 0}, MagnitudeDigit{63, 53, 11, 0}, MagnitudeDigit{31, 0, 12, 0},
        MagnitudeDigit{32, 0, 8, 0}, MagnitudeDigit{31, 0xFFFFFFFF, 11, 0}}) {
    EXPECT_THROW(measure(layer, {}, digit), std::logic_error) << digit.shift;
  }
}

}  // namespace
}  // namespace regrow::reference

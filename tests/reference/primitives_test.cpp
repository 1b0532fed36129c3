// Forward, loss, gradients and update against numbers worked out by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "hand_made.h"
#include "reference/backward.h"
#include "reference/forward.h"
#include "reference/softmax.h"
#include "reference/update.h"
#include "regrow/philox.h"

namespace regrow::reference {
namespace {

using tests::layer_of;
using tests::layer_of_weights;

// W = [2 0 −1; 0 3 0] with the zeros inactive, b = [0.5, −1], batch of two.
ReferenceLayer small_layer() {
  ReferenceLayer layer = layer_of({"#.#", ".#."});
  layer.weights = {2, 0, -1, 0, 3, 0};
  layer.biases = {0.5, -1};
  return layer;
}
const std::vector<double> kInputs = {1, 2, 3, 4, 5, 6};  // X: [3][2]
const std::vector<double> kGradient = {1, -1, 0.5, 2};   // dZ: [2][2]

TEST(Affine, SumsConnectionsAndBias) {
  std::vector<double> z(4, -99);
  affine(small_layer(), kInputs, 2, z);
  EXPECT_EQ(z, (std::vector<double>{2 - 5 + 0.5, 4 - 6 + 0.5, 9 - 1, 12 - 1}));
}

TEST(Affine, IgnoresWeightsOutsideTheMask) {
  ReferenceLayer layer = small_layer();
  layer.weights[1] = 1e9;
  std::vector<double> z(4);
  affine(layer, kInputs, 2, z);
  EXPECT_EQ(z[0], -2.5);
}

TEST(LeakyRelu, ScalesWhatIsNotPositive) {
  std::vector<double> a = {-2, -0.0, 0, 3};
  leaky_relu(0.3, a, a);
  EXPECT_EQ(a, (std::vector<double>{-0.6, 0, 0, 3}));
}

TEST(LeakyRelu, HasTheSlopeAsItsDerivativeAtZero) {
  std::vector<double> da = {1, 1, 1, 1};
  leaky_relu_gradient(0.3, std::vector<double>{-2, -0.0, 0, 3}, da);
  EXPECT_EQ(da, (std::vector<double>{0.3, 0.3, 0.3, 1}));
}

TEST(Dropout, DropsByTheIntegerDecisionAndScalesTheRest) {
  const std::vector<double> factors = dropout_factors(0.3, 5, 2, 17, 3, 6);  // [3][6]
  for (std::uint32_t f = 0; f < 3; ++f) {
    for (std::uint32_t s = 0; s < 6; ++s) {
      const PhiloxBlock block =
          random_block(5, Purpose::kDropout, 2, 17, std::uint64_t{s / 4} << 32 | f);
      const bool dropped = uniform_from_bits(block[s % 4]) < 0.3;
      EXPECT_DOUBLE_EQ(factors[f * 6 + s], dropped ? 0 : 1 / 0.7) << f << ", " << s;
    }
  }
}

TEST(Dropout, KeepsTheMeanAndDependsOnStepAndLayer) {
  const std::vector<double> factors = dropout_factors(0.3, 5, 0, 0, 100, 100);
  double sum = 0;
  for (const double factor : factors) sum += factor;
  EXPECT_NEAR(sum / 1e4, 1, 5 * std::sqrt(0.3 / 0.7 / 1e4));  // five standard errors
  EXPECT_NE(factors, dropout_factors(0.3, 5, 0, 1, 100, 100));
  EXPECT_NE(factors, dropout_factors(0.3, 5, 1, 0, 100, 100));
  EXPECT_NE(factors, dropout_factors(0.3, 6, 0, 0, 100, 100));
}

TEST(Softmax, MatchesTheLogarithmsWorkedOutByHand) {
  const std::vector<double> z = {0, std::log(3.0), std::log(3.0), 0};  // [2][2]
  const std::vector<std::uint16_t> labels = {0, 0};                    // probabilities 1/4 and 3/4
  const LossSums sums = softmax_cross_entropy(z, labels);
  EXPECT_NEAR(sums.loss, std::log(4.0) + std::log(4.0 / 3), 1e-15);
  EXPECT_EQ(sums.hits, 1U);
  EXPECT_EQ(sums.samples, 2U);
}

TEST(Softmax, GradientIsTheMeanOverTheBatch) {
  const std::vector<double> z = {0, std::log(3.0), std::log(3.0), 0};
  std::vector<double> dz(4, -99);
  softmax_cross_entropy_gradient(z, std::vector<std::uint16_t>{0, 0}, dz);
  const std::vector<double> expected = {-0.75 / 2, -0.25 / 2, 0.75 / 2, 0.25 / 2};
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(dz[k], expected[k], 1e-15) << k;
}

TEST(Softmax, SurvivesLargeLogits) {
  const LossSums sums =
      softmax_cross_entropy(std::vector<double>{1000, -1000}, std::vector<std::uint16_t>{1});
  EXPECT_DOUBLE_EQ(sums.loss, 2000);
  EXPECT_EQ(sums.hits, 0U);
}

TEST(Softmax, OfEqualLogitsTheLowestClassCounts) {
  const std::vector<double> z = {1, 1, 2, 2, 2, 2};  // [3][2]
  EXPECT_EQ(softmax_cross_entropy(z, std::vector<std::uint16_t>{1, 1}).hits, 2U);
  EXPECT_EQ(softmax_cross_entropy(z, std::vector<std::uint16_t>{2, 2}).hits, 0U);
}

TEST(WeightGradient, SumsOverTheBatchOnConnectionsOnly) {
  std::vector<double> dw(6, -99);
  weight_gradient(small_layer(), kInputs, kGradient, 2, dw);
  EXPECT_EQ(dw, (std::vector<double>{1 - 2, 0, 5 - 6, 0, 1.5 + 8, 0}));
}

TEST(BiasGradient, SumsOverTheBatch) {
  std::vector<double> db(2, -99);
  bias_gradient(kGradient, 2, db);
  EXPECT_EQ(db, (std::vector<double>{0, 2.5}));
}

TEST(InputGradient, GoesBackThroughTheTranspose) {
  std::vector<double> dx(6, -99);
  input_gradient(small_layer(), kGradient, 2, dx);
  EXPECT_EQ(dx, (std::vector<double>{2, -2, 1.5, 6, -1, 1}));
}

TEST(Update, AddsTheVelocityItHasJustComputed) {
  ReferenceLayer layer = layer_of_weights({1});
  layer.momentum = {0.5};
  layer.biases = {2};
  layer.bias_momentum = {-0.5};
  update({.learning_rate = 0.25, .momentum = 0.5, .weight_decay = 0}, std::vector<double>{4},
         std::vector<double>{2}, layer);
  EXPECT_EQ(layer.momentum[0], 0.25 - 1);
  EXPECT_EQ(layer.weights[0], 0.25);
  EXPECT_EQ(layer.bias_momentum[0], -0.25 - 0.5);
  EXPECT_EQ(layer.biases[0], 1.25);
}

TEST(Update, DecaysWeightsButNotBiases) {
  ReferenceLayer layer = layer_of_weights({8});
  layer.biases = {8};
  update({.learning_rate = 0.5, .momentum = 0, .weight_decay = 0.25}, std::vector<double>{0},
         std::vector<double>{0}, layer);
  EXPECT_EQ(layer.weights[0], 7);
  EXPECT_EQ(layer.biases[0], 8);
}

TEST(Update, LeavesInactiveCellsAlone) {
  ReferenceLayer layer = layer_of({"#."});
  update({.learning_rate = 1, .momentum = 0.9, .weight_decay = 0}, std::vector<double>{1, 1},
         std::vector<double>{0}, layer);
  EXPECT_EQ(layer.weights, (std::vector<double>{0, 0}));
  EXPECT_EQ(layer.momentum, (std::vector<double>{-1, 0}));
}

}  // namespace
}  // namespace regrow::reference

// Forward pass, activations, losses, gradients and optimisers against numbers worked out by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "hand_made.h"
#include "reference/activation.h"
#include "reference/backward.h"
#include "reference/forward.h"
#include "reference/optimiser.h"
#include "reference/output.h"
#include "reference/weight_gradient.h"
#include "regrow/philox.h"

namespace regrow::reference {
namespace {

using tests::layer_of;
using tests::layer_of_weights;
using tests::neuron_with;

// W = [2 0 −1; 0 3 0] with the zeros inactive, b = [0.5, −1], batch of two.
ReferenceLayer small_layer() {
  ReferenceLayer layer = layer_of({"#.#", ".#."});
  layer.weights.values = {2, 0, -1, 0, 3, 0};
  layer.biases.values = {0.5, -1};
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
  layer.weights.values[1] = 1e9;
  std::vector<double> z(4);
  affine(layer, kInputs, 2, z);
  EXPECT_EQ(z[0], -2.5);
}

std::vector<double> activated(const ReferenceLayer& layer, std::vector<double> z,
                              const ActivationPlace& place = {0, 0.25}) {
  activate(layer, place, z, z);
  return z;
}
std::vector<double> derivatives(const ReferenceLayer& layer, const std::vector<double>& z,
                                const ActivationPlace& place = {0, 0.25}) {
  std::vector<double> da(z.size(), 1);
  activation_gradient(layer, place, z, da);
  return da;
}
const std::vector<double> kValues = {-2, -0.0, 0, 3};

TEST(Activation, SlopedOnesScaleWhatIsNotPositive) {
  const ReferenceLayer leaky = neuron_with(ActivationKind::kLeakyRelu);
  EXPECT_EQ(activated(leaky, kValues), (std::vector<double>{-0.5, 0, 0, 3}));
  EXPECT_EQ(derivatives(leaky, kValues), (std::vector<double>{0.25, 0.25, 0.25, 1}));
  const ReferenceLayer relu = neuron_with(ActivationKind::kRelu);
  EXPECT_EQ(activated(relu, kValues), (std::vector<double>{0, 0, 0, 3}));
  EXPECT_EQ(derivatives(relu, kValues), (std::vector<double>{0, 0, 0, 1}));
}

TEST(Activation, AllReluTurnsItsSlopeFromLayerToLayer) {
  const ReferenceLayer layer = neuron_with(ActivationKind::kAllRelu);
  for (const std::uint32_t hidden : {0U, 2U}) {
    EXPECT_EQ(activated(layer, kValues, {hidden, 0.25}), (std::vector<double>{0.5, 0, 0, 3}));
    EXPECT_EQ(derivatives(layer, kValues, {hidden, 0.25})[0], -0.25);
  }
  EXPECT_EQ(activated(layer, kValues, {1, 0.25}), (std::vector<double>{-0.5, 0, 0, 3}));
  EXPECT_EQ(derivatives(layer, kValues, {1, 0.25})[0], 0.25);
}

// Thresholds −1 and −1 + |−3| = 2.
TEST(Activation, SReluHasThreeParts) {
  const ReferenceLayer layer = neuron_with(ActivationKind::kSRelu, {-1, 0.5, -3, 0.25});
  const std::vector<double> z = {-3, -1, 0, 2, 6};
  EXPECT_EQ(activated(layer, z), (std::vector<double>{-2, -1, 0, 2, 3}));
  EXPECT_EQ(derivatives(layer, z), (std::vector<double>{0.5, 0.5, 1, 0.25, 0.25}));
}

TEST(Activation, SReluSumsTheGradientsOfWhatItLearnsOverTheBatch) {
  const std::vector<double> z = {-3, -1, 0, 2, 6};
  const std::vector<double> da = {1, 2, 100, 4, 8};
  const auto gradients = [&](double t_right) {
    return activation_parameter_gradients(
        neuron_with(ActivationKind::kSRelu, {-1, 0.5, t_right, 0.25}), z, da);
  };
  using Gradients = std::vector<std::vector<double>>;
  const double t_left = (1 + 2) * 0.5 + (4 + 8) * 0.75;
  EXPECT_EQ(gradients(3), (Gradients{{t_left}, {-2}, {12 * 0.75}, {8 * 4}}));
  EXPECT_EQ(gradients(-3), (Gradients{{t_left}, {-2}, {-12 * 0.75}, {8 * 4}}));
  // Both thresholds at −1, which the left part takes; above it 1·100 and 3·4 and 7·8.
  EXPECT_EQ(gradients(0), (Gradients{{3 * 0.5 + 112 * 0.75}, {-2}, {0}, {100 + 12 + 56}}));
  EXPECT_TRUE(activation_parameter_gradients(neuron_with(ActivationKind::kGelu), z, da).empty());
}

TEST(Activation, GeluIsZTimesTheNormalDistribution) {
  const ReferenceLayer layer = neuron_with(ActivationKind::kGelu);
  EXPECT_EQ(activated(layer, {0})[0], 0);
  EXPECT_NEAR(activated(layer, {1})[0], 0.841344746068543, 1e-15);    // Φ(1), from a table
  EXPECT_NEAR(activated(layer, {-1})[0], -0.158655253931457, 1e-15);  // −Φ(−1)
  EXPECT_EQ(derivatives(layer, {0})[0], 0.5);
  EXPECT_NEAR(derivatives(layer, {1})[0], 0.841344746068543 + 0.241970724519143, 1e-15);
  EXPECT_NEAR(activated(layer, {-10})[0], -10 * 7.61985302416053e-24, 1e-36);
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

TEST(CrossEntropy, MatchesTheLogarithmsWorkedOutByHand) {
  const std::vector<double> z = {0, std::log(3.0), std::log(3.0), 0};  // [2][2]
  const std::vector<std::uint16_t> labels = {0, 0};                    // probabilities 1/4 and 3/4
  const LossSums sums = cross_entropy(z, labels);
  EXPECT_NEAR(sums.loss, std::log(4.0) + std::log(4.0 / 3), 1e-15);
  EXPECT_EQ(sums.hits, 1U);
  EXPECT_EQ(sums.samples, 2U);
}

TEST(CrossEntropy, GradientIsTheMeanOverTheBatch) {
  const std::vector<double> z = {0, std::log(3.0), std::log(3.0), 0};
  std::vector<double> dz(4, -99);
  cross_entropy_gradient(z, std::vector<std::uint16_t>{0, 0}, dz);
  const std::vector<double> expected = {-0.75 / 2, -0.25 / 2, 0.75 / 2, 0.25 / 2};
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(dz[k], expected[k], 1e-15) << k;
}

TEST(CrossEntropy, SurvivesLargeLogits) {
  const LossSums sums =
      cross_entropy(std::vector<double>{1000, -1000}, std::vector<std::uint16_t>{1});
  EXPECT_DOUBLE_EQ(sums.loss, 2000);
  EXPECT_EQ(sums.hits, 0U);
}

TEST(CrossEntropy, OfEqualLogitsTheLowestClassCounts) {
  const std::vector<double> z = {1, 1, 2, 2, 2, 2};  // [3][2]
  EXPECT_EQ(cross_entropy(z, std::vector<std::uint16_t>{1, 1}).hits, 2U);
  EXPECT_EQ(cross_entropy(z, std::vector<std::uint16_t>{2, 2}).hits, 0U);
}

// Logits of equal probabilities: every class has −ln p = ln 2, and p − t = 1/2 − t.
TEST(CrossEntropy, SmoothsLabelsAndWeighsTheirClasses) {
  const std::vector<double> z(4, 0);
  const std::vector<std::uint16_t> labels = {0, 1};
  const CrossEntropy settings{0.25, {3, 0.5F}};
  EXPECT_NEAR(cross_entropy(z, labels, settings).loss, 3.5 * std::log(2.0), 1e-15);
  std::vector<double> dz(4, -99);
  cross_entropy_gradient(z, labels, dz, settings);
  const double off = 0.5 - 0.125;  // t is 7/8 of the label, 1/8 of the other
  const std::vector<double> expected = {-3 * off / 2, 0.5 * off / 2, 3 * off / 2, -0.5 * off / 2};
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(dz[k], expected[k], 1e-15) << k;
}

TEST(SquaredError, IsTheMeanOverTheOutputs) {
  const std::vector<double> z = {1, 2, 3, 4};  // [2][2]
  const std::vector<double> targets = one_hot(std::vector<std::uint16_t>{1, 0}, 2);
  EXPECT_EQ(targets, (std::vector<double>{0, 1, 1, 0}));
  const LossSums sums = squared_error(z, targets, 2);
  EXPECT_EQ(sums.loss, (1 + 1 + 4 + 16) / 2.0);
  EXPECT_EQ(sums.samples, 2U);
  EXPECT_EQ(sums.hits, 0U);
  std::vector<double> dz(4, -99);
  squared_error_gradient(z, targets, 2, dz);
  EXPECT_EQ(dz, (std::vector<double>{0.5, 0.5, 1, 2}));
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

LayerGradients gradients_of(std::vector<double> weights, double bias) {
  return {std::move(weights), {bias}, {}};
}
OptimiserSettings sgd(double momentum, double weight_decay) {
  OptimiserSettings settings;
  settings.momentum = momentum;
  settings.weight_decay = weight_decay;
  return settings;
}

TEST(Optimiser, SgdAddsTheVelocityItHasJustComputed) {
  ReferenceLayer layer = layer_of_weights({1});
  layer.weights.slots[0] = {0.5};
  layer.biases = {{2}, 1};
  layer.biases.slots[0] = {-0.5};
  apply(sgd(0.5, 0), {0.25}, gradients_of({4}, 2), layer);
  EXPECT_EQ(layer.weights.slots[0][0], 0.25 - 1);
  EXPECT_EQ(layer.weights.values[0], 0.25);
  EXPECT_EQ(layer.biases.slots[0][0], -0.25 - 0.5);
  EXPECT_EQ(layer.biases.values[0], 1.25);
}

TEST(Optimiser, DecaysWeightsAlone) {
  for (const OptimiserKind kind : {OptimiserKind::kSgd, OptimiserKind::kAdamW}) {
    ReferenceLayer layer = layer_of_weights({8}, slot_count(kind));
    layer.biases = {{8}, slot_count(kind)};
    layer.activation = ActivationKind::kSRelu;
    layer.activation_parameters.assign(kSReluParameters, layer.biases);
    OptimiserSettings settings = sgd(0, 0.25);
    settings.kind = kind;
    LayerGradients gradients = gradients_of({0}, 0);
    gradients.activation_parameters.assign(kSReluParameters, {0});
    apply(settings, {0.5}, gradients, layer);
    EXPECT_EQ(layer.weights.values[0], 7);
    EXPECT_EQ(layer.biases.values[0], 8);
    for (const Parameter& learned : layer.activation_parameters) EXPECT_EQ(learned.values[0], 8);
  }
}

TEST(Optimiser, LeavesInactiveCellsAlone) {
  for (const OptimiserKind kind : {OptimiserKind::kSgd, OptimiserKind::kNesterov,
                                   OptimiserKind::kAdam, OptimiserKind::kAdamW}) {
    ReferenceLayer layer = layer_of({"#."}, slot_count(kind));
    OptimiserSettings settings;
    settings.kind = kind;
    apply(settings, {1}, gradients_of({1, 1}, 0), layer);
    EXPECT_NE(layer.weights.values[0], 1);
    EXPECT_EQ(layer.weights.values[1], 0);
    for (const std::vector<double>& slot : layer.weights.slots) EXPECT_EQ(slot[1], 0);
  }
}

// Of a norm of 5: weights, bias and what an activation learns in one, over both layers.
TEST(Clip, ScalesAllGradientsTogether) {
  const std::vector<LayerGradients> gradients = {{{1, -2}, {2}, {}}, {{0}, {0}, {{4}, {0}}}};
  std::vector<LayerGradients> clipped = gradients;
  clip(2.5, clipped);
  EXPECT_NEAR(clipped[0].weights[1], -1, 1e-6);
  EXPECT_NEAR(clipped[0].biases[0], 1, 1e-6);
  EXPECT_NEAR(clipped[1].activation_parameters[0][0], 2, 1e-6);
  clipped = gradients;
  clip(5.1, clipped);
  EXPECT_EQ(clipped[0].weights, gradients[0].weights);
}

}  // namespace
}  // namespace regrow::reference

// Optimisers, clipping, losses and activations against PyTorch's numbers (pytorch_optimisers.py).
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "hand_made.h"
#include "pytorch_optimisers.h"
#include "reference/activation.h"
#include "reference/optimiser.h"
#include "reference/output.h"

namespace regrow::reference {
namespace {

namespace pytorch = tests::pytorch;
using Values = std::vector<double>;

// Both round every operation to a double, but not in the same order: a few times 2^-53 of terms
// below 10.
constexpr double kTolerance = 1e-14;

void expect_near(const Values& values, const Values& expected, const std::string& what) {
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t k = 0; k < values.size(); ++k) {
    EXPECT_NEAR(values[k], expected[k], kTolerance) << what << ", value " << k;
  }
}

// The weights after every step are compared; returns their slots after the last.
std::vector<Values> slots_after(const OptimiserSettings& optimiser, const Values& rates,
                                const std::vector<Values>& expected) {
  ReferenceLayer layer = tests::layer_of_weights(pytorch::kStart, slot_count(optimiser.kind));
  for (std::size_t step = 0; step < expected.size(); ++step) {
    apply(optimiser, {rates[step], step + 1}, {pytorch::kGradients[step], {0}, {}}, layer);
    expect_near(layer.weights.values, expected[step], "step " + std::to_string(step));
  }
  return layer.weights.slots;
}

OptimiserSettings settings_of(OptimiserKind kind) {
  OptimiserSettings settings;
  settings.kind = kind;
  settings.momentum = 0.9;
  settings.beta1 = 0.8;
  settings.beta2 = 0.99;
  settings.weight_decay = slot_count(kind) == 2 ? 0.1 : 0.01;
  return settings;
}

TEST(PyTorch, SgdAndNesterovAtAConstantRate) {
  const Values rates(pytorch::kGradients.size(), pytorch::kRates[0]);
  auto slots = slots_after(settings_of(OptimiserKind::kSgd), rates, pytorch::kSgdWeights);
  expect_near(slots[0], pytorch::kSgdVelocity, "sgd's velocity");
  slots = slots_after(settings_of(OptimiserKind::kNesterov), rates, pytorch::kNesterovWeights);
  expect_near(slots[0], pytorch::kNesterovVelocity, "nesterov's velocity");
}

TEST(PyTorch, AdamAndAdamWAtChangingRates) {
  auto slots =
      slots_after(settings_of(OptimiserKind::kAdam), pytorch::kRates, pytorch::kAdamWeights);
  expect_near(slots[0], pytorch::kAdamFirstMoment, "adam's first moment");
  expect_near(slots[1], pytorch::kAdamSecondMoment, "adam's second moment");
  slots = slots_after(settings_of(OptimiserKind::kAdamW), pytorch::kRates, pytorch::kAdamWWeights);
  expect_near(slots[0], pytorch::kAdamWFirstMoment, "adamw's first moment");
  expect_near(slots[1], pytorch::kAdamWSecondMoment, "adamw's second moment");
}

TEST(PyTorch, ClippingByTheNormOfAllGradients) {
  const auto clipped = [](double norm) {
    std::vector<LayerGradients> layers = {{pytorch::kToClip[0], pytorch::kToClip[1], {}},
                                          {{}, {}, {pytorch::kToClip[2]}}};
    clip(norm, layers);
    return std::vector<Values>{layers[0].weights, layers[0].biases,
                               layers[1].activation_parameters[0]};
  };
  for (std::size_t p = 0; p < 3; ++p) {
    expect_near(clipped(3)[p], pytorch::kLooseClipped[p], "norm 3");
    expect_near(clipped(0.7)[p], pytorch::kTightClipped[p], "norm 0.7");
  }
}

void expect_loss(const CrossEntropy& settings, double loss, const Values& gradient) {
  EXPECT_NEAR(cross_entropy(pytorch::kLogits, pytorch::kLabels, settings).loss, loss, kTolerance);
  Values dz(pytorch::kLogits.size());
  cross_entropy_gradient(pytorch::kLogits, pytorch::kLabels, dz, settings);
  expect_near(dz, gradient, "gradient");
}

TEST(PyTorch, Losses) {
  expect_loss({0.1, {}}, pytorch::kSmoothedLoss, pytorch::kSmoothedGradient);
  expect_loss({0, pytorch::kClassWeights}, pytorch::kWeightedLoss, pytorch::kWeightedGradient);
  expect_loss({0.1, pytorch::kClassWeights}, pytorch::kWeightedSmoothedLoss,
              pytorch::kWeightedSmoothedGradient);
  const std::size_t batch = pytorch::kLabels.size();
  EXPECT_NEAR(squared_error(pytorch::kLogits, pytorch::kTargets, batch).loss,
              pytorch::kSquaredErrorLoss, kTolerance);
  Values dz(pytorch::kLogits.size());
  squared_error_gradient(pytorch::kLogits, pytorch::kTargets, batch, dz);
  expect_near(dz, pytorch::kSquaredErrorGradient, "gradient");
}

TEST(PyTorch, Gelu) {
  const ReferenceLayer layer = tests::neuron_with(ActivationKind::kGelu);
  Values a(pytorch::kValues.size()), da(pytorch::kValues.size(), 1);
  activate(layer, {}, pytorch::kValues, a);
  activation_gradient(layer, {}, pytorch::kValues, da);
  expect_near(a, pytorch::kGelu, "values");
  expect_near(da, pytorch::kGeluDerivative, "derivatives");
}

void expect_srelu(const Values& learned, const Values& values, const Values& input_gradients,
                  const Values& gradients) {
  const ReferenceLayer layer = tests::neuron_with(ActivationKind::kSRelu, learned);
  Values a(pytorch::kValues.size()), da = pytorch::kOutputGradients;
  activate(layer, {}, pytorch::kValues, a);
  expect_near(a, values, "values");
  const auto sums = activation_parameter_gradients(layer, pytorch::kValues, da);
  activation_gradient(layer, {}, pytorch::kValues, da);
  expect_near(da, input_gradients, "gradients of the inputs");
  for (std::size_t p = 0; p < kSReluParameters; ++p) {
    EXPECT_NEAR(sums[p][0], gradients[p], kTolerance) << parameter_names(layer.activation)[p];
  }
}

TEST(PyTorch, SReluByAutograd) {
  expect_srelu(pytorch::kSReluLearned, pytorch::kSRelu, pytorch::kSReluInputGradients,
               pytorch::kSReluGradients);
  expect_srelu(pytorch::kSReluOfNegativeTLearned, pytorch::kSReluOfNegativeT,
               pytorch::kSReluOfNegativeTInputGradients, pytorch::kSReluOfNegativeTGradients);
}

}  // namespace
}  // namespace regrow::reference

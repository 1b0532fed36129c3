// The losses of every back end, and their gradients by the logits, which the output layer's biases
// add up.
#include <gtest/gtest.h>

#include "step_cases.h"

namespace regrow::tests {
namespace {

struct LossCase {
  LossSettings loss;
  bool has_targets = false;
};

// Class weights for as many classes as there are.
std::vector<LossCase> loss_cases(std::size_t classes) {
  std::vector<double> weights;
  for (std::size_t c = 0; c < classes; ++c) weights.push_back(0.25 + 0.5 * static_cast<double>(c));
  return {{{}},
          {{LossKind::kCrossEntropy, 0.1, {}}},
          {{LossKind::kCrossEntropy, 0, {true, {}}}},
          {{LossKind::kCrossEntropy, 0.3, {false, weights}}},
          {{LossKind::kMse, 0, {}}},
          {{LossKind::kMse, 0, {}}, true}};
}

using LossTest = std::function<void(const BackendCase&, const StepCase&, const Dataset&,
                                    const LossSettings&, const std::string&)>;
void for_every_loss(const LossTest& test) {
  for_every_shape([&](const BackendCase& backend, const StepCase& shape) {
    std::size_t index = 0;
    for (const LossCase& of : loss_cases(shape.sizes.back())) {
      const Dataset dataset = of.has_targets ? with_targets(data_of(shape)) : data_of(shape);
      test(backend, shape, dataset, of.loss,
           backend.name() + ", " + shape.name + ", loss " + std::to_string(index++));
    }
  });
}

Row weights_of(const LossSettings& loss, const Dataset& dataset) {
  if (loss.class_weights.balanced) return plain_balanced_weights(dataset);
  return loss.class_weights.values;
}

TEST(Output, LossAndHitsOfAStep) {
  for_every_loss([](const BackendCase& of, const StepCase& shape, const Dataset& dataset,
                    const LossSettings& loss, const std::string& what) {
    BackendOptions options = options_of(shape);
    options.loss = loss;
    const NetworkState network = network_of(shape, ActivationKind::kLeakyRelu);
    const auto backend = backend_with(of, options, shared(dataset), network);
    const PlainBatch batch = plain_batch(dataset, options, 1, kStepsPerEpoch);
    const PlainPass pass = plain_forward(network, options, batch.inputs, 1);
    const PlainLoss expected =
        plain_loss(loss, weights_of(loss, dataset), pass.pre_activated.back(), batch);
    const LossSums sums = step_of(*backend, 1, 0);
    expect_near({sums.loss}, {expected.sum}, tolerance_of(of), what);
    EXPECT_EQ(sums.hits, expected.hits) << what;
    EXPECT_EQ(sums.samples, shape.batch) << what;
  });
}

TEST(Output, EvaluationKnowsNeitherSmoothingNorWeights) {
  for_every_loss([](const BackendCase& of, const StepCase& shape, const Dataset& dataset,
                    const LossSettings& loss, const std::string& what) {
    BackendOptions options = options_of(shape);
    options.loss = loss;
    const NetworkState network = network_of(shape, ActivationKind::kLeakyRelu);
    const auto backend = backend_with(of, options, shared(dataset), network);
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      const PlainBatch batch = plain_split(dataset, split);
      const PlainPass pass = plain_forward(network, options, batch.inputs, std::nullopt);
      const PlainLoss expected =
          plain_loss({loss.kind, 0, {}}, {}, pass.pre_activated.back(), batch);
      const LossSums sums = backend->evaluate(split);
      expect_near({sums.loss}, {expected.sum}, tolerance_of(of), what);
      EXPECT_EQ(sums.hits, expected.hits) << what;
      EXPECT_EQ(sums.samples, batch.labels.size()) << what;
    }
  });
}

TEST(Output, GradientByTheLogits) {
  for_every_loss([](const BackendCase& of, const StepCase& shape, const Dataset& dataset,
                    const LossSettings& loss, const std::string& what) {
    BackendOptions options = options_of(shape);
    options.loss = loss;
    const NetworkState network = network_of(shape, ActivationKind::kLeakyRelu);
    for (const UpdateMode mode : {UpdateMode::kFused, UpdateMode::kGradients}) {
      const PlainGradients gradients = gradients_by(of, options, mode, dataset, network, 1);
      const PlainGradients expected =
          plain_gradients_of_step(network, options, dataset, 1, kStepsPerEpoch);
      expect_near(gradients.back().at(1), expected.back().at(1), tolerance_of(of), what);
    }
  });
}

}  // namespace
}  // namespace regrow::tests

// Finite differences of the whole loss on a 7-5-4-3 network, through the back end's interface: a
// step of learning rate 0 gives the loss, a step of learning rate 1 without momentum the gradient.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "reference/reference_backend.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::uint32_t kBatch = 8;

class GradientTest : public ::testing::TestWithParam<double> {
 protected:
  void SetUp() override {
    BackendOptions options;
    options.batch_size = kBatch;
    options.momentum = 0;
    options.dropout = GetParam();
    backend_ = make_reference_backend(options);
    backend_->attach(tests::shared_tiny_dataset({.shape = {1, 1, 7}}));
    network_ = tests::tiny_network(3, {7, 5, 4, 3}, 0.6);
  }

  // Always the same step: the same samples and the same dropout.
  double step(const NetworkState& network, float learning_rate) {
    backend_->load(network);
    return backend_->train({.first = 2, .count = 1, .steps_per_epoch = 4}, {{learning_rate}})
               .at(0)
               .loss /
           kBatch;
  }

  // (L(w + h) − L(w − h)) / 2h: off by h² times the third derivative, and by rounding/h.
  double difference(double& parameter) {
    constexpr double kStep = 1e-5;
    const double kept = parameter;
    parameter = kept + kStep;
    const double above = step(network_, 0);
    parameter = kept - kStep;
    const double below = step(network_, 0);
    parameter = kept;
    return (above - below) / (2 * kStep);
  }

  std::unique_ptr<Backend> backend_;
  NetworkState network_;
};

TEST_P(GradientTest, EqualsFiniteDifferencesOfTheLoss) {
  step(network_, 1);
  const NetworkState after = backend_->snapshot();
  double largest = 0;
  for (std::size_t l = 0; l < network_.layers.size(); ++l) {
    LayerState& layer = network_.layers[l];
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      const double gradient = -after.layers[l].momentum[k];
      EXPECT_NEAR(gradient, difference(layer.weights[k]), 1e-9) << "layer " << l << ", " << k;
      largest = std::max(largest, std::abs(gradient));
    }
    for (std::size_t o = 0; o < layer.biases.size(); ++o) {
      const double gradient = -after.layers[l].bias_momentum[o];
      EXPECT_NEAR(gradient, difference(layer.biases[o]), 1e-9) << "layer " << l << ", bias " << o;
    }
  }
  EXPECT_GT(largest, 0.01);  // a gradient of zeros would pass a comparison of zeros
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutDropout, GradientTest, ::testing::Values(0.0, 0.3));

}  // namespace
}  // namespace regrow

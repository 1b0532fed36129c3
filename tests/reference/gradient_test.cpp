// Finite differences of the whole loss on a 7-5-4-3 network, through the back end's interface: a
// step of learning rate 0 gives the loss, a step of learning rate 1 without momentum the gradient.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "reference/reference_backend.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::uint32_t kBatch = 8;

struct LossCase {
  const char* name = "";
  LossSettings loss;
  bool has_targets = false;
};

std::vector<LossCase> loss_cases() {
  return {{"cross_entropy", {}},
          {"weighted", {LossKind::kCrossEntropy, 0.2, {false, {0.5, 1, 2.5}}}},
          {"mse_of_labels", {LossKind::kMse, 0, {}}},
          {"mse_of_targets", {LossKind::kMse, 0, {}}, true}};
}

Dataset data_of(const LossCase& of) {
  Dataset dataset = tests::tiny_dataset({.shape = {1, 1, 7}});
  for (LabelledSamples* images : {&dataset.train, &dataset.test}) {
    for (std::uint32_t k = 0; of.has_targets && k < images->size() * dataset.classes(); ++k) {
      images->targets.push_back(static_cast<float>(k * k % 11) / 4 - 1);
    }
  }
  return dataset;
}

using Case = std::tuple<ActivationKind, LossCase, double>;  // dropout

class GradientTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const auto& [activation, loss, dropout] = GetParam();
    BackendOptions options;
    options.batch_size = kBatch;
    options.optimiser.momentum = 0;
    options.dropout = dropout;
    options.loss = loss.loss;
    backend_ = make_reference_backend(options);
    backend_->attach(std::make_shared<const Dataset>(data_of(loss)));
    network_ = tests::tiny_network(3, {7, 5, 4, 3}, 0.6);
    tests::set_activation(activation, 1, network_);
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
  for (std::size_t l = 0; l < network_.layers.size(); ++l) {
    const std::vector<Parameter*> parameters = parameters_of(network_.layers[l]);
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      const std::vector<double>& steps = parameters_of(after.layers[l])[p]->slots[0];
      double largest = 0;
      for (std::size_t k = 0; k < parameters[p]->size(); ++k) {
        EXPECT_NEAR(-steps[k], difference(parameters[p]->values[k]), 1e-9)
            << "layer " << l << ", parameter " << p << ", value " << k;
        largest = std::max(largest, std::abs(steps[k]));
      }
      // A gradient of zeros would pass a comparison of zeros.
      EXPECT_GT(largest, 1e-3) << "layer " << l << ", parameter " << p;
    }
  }
}

// What growth by gradient scores: a connection that is not there, as if it were, of weight 0.
TEST_P(GradientTest, OfCellsWithoutAConnectionEqualsFiniteDifferencesOfOneThere) {
  const NetworkState sparse = network_;
  for (std::uint32_t l = 0; l + 1 < sparse.layers.size(); ++l) {
    CellList cells(sparse.layers[l].cell_count());
    std::iota(cells.begin(), cells.end(), 0U);
    backend_->load(sparse);
    backend_->differentiate({.first = 2, .count = 1, .steps_per_epoch = 4});
    const std::vector<double> gradients = backend_->cell_gradients(l, cells);
    for (const std::uint64_t cell : cells) {
      network_ = sparse;
      LayerState& layer = network_.layers[l];
      const auto at = std::lower_bound(layer.cells.begin(), layer.cells.end(), cell);
      const auto k = at - layer.cells.begin();
      if (at == layer.cells.end() || *at != cell) {
        layer.cells.insert(at, cell);
        layer.weights.values.insert(layer.weights.values.begin() + k, 0.0);
        layer.weights.slots[0].insert(layer.weights.slots[0].begin() + k, 0.0);
      }
      const double expected = difference(layer.weights.values[static_cast<std::size_t>(k)]);
      EXPECT_NEAR(gradients[cell], expected, 1e-9) << "layer " << l << ", cell " << cell;
    }
  }
}

std::string name_of_case(const ::testing::TestParamInfo<Case>& of) {
  const auto& [activation, loss, dropout] = of.param;
  return tests::name_of(activation) + "_" + loss.name + (dropout > 0 ? "_dropout" : "");
}

INSTANTIATE_TEST_SUITE_P(EveryActivationAndLoss, GradientTest,
                         ::testing::Combine(::testing::ValuesIn(tests::kAllActivations),
                                            ::testing::ValuesIn(loss_cases()),
                                            ::testing::Values(0.0, 0.3)),
                         name_of_case);

}  // namespace
}  // namespace regrow

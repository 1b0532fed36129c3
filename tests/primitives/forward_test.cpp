// The forward pass of every back end: logits of an evaluation, and the loss of a step's dropout.
#include <gtest/gtest.h>

#include "step_cases.h"

namespace regrow::tests {
namespace {

TEST(Forward, LogitsOfAnEvaluation) {
  for_every_step_case([](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                         const std::string& what) {
    const Dataset dataset = data_of(shape);
    const NetworkState network = network_of(shape, activation);
    const BackendOptions options = options_of(shape);
    const auto backend = backend_with(of, options, shared(dataset), network);
    const PlainBatch batch = plain_split(dataset, Split::kTest);
    const Rows expected =
        plain_forward(network, options, batch.inputs, std::nullopt).pre_activated.back();
    std::vector<float> logits(expected.size() * dataset.classes());
    backend->evaluate(Split::kTest, logits);
    Row all;
    for (const Row& row : expected) all.insert(all.end(), row.begin(), row.end());
    // Logits are handed over as floats.
    expect_near(Row(logits.begin(), logits.end()), all, std::max(1e-7, tolerance_of(of)), what);
  });
}

TEST(Forward, LossUnderDropout) {
  for_every_step_case([](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                         const std::string& what) {
    const Dataset dataset = data_of(shape);
    const NetworkState network = network_of(shape, activation);
    for (const double dropout : {0.0, 0.3, 0.85}) {
      BackendOptions options = options_of(shape);
      options.dropout = dropout;
      const auto backend = backend_with(of, options, shared(dataset), network);
      const PlainBatch batch = plain_batch(dataset, options, 3, kStepsPerEpoch);
      const PlainPass pass = plain_forward(network, options, batch.inputs, 3);
      const PlainLoss expected = plain_loss({}, {}, pass.pre_activated.back(), batch);
      expect_near({step_of(*backend, 3, 0).loss}, {expected.sum}, tolerance_of(of), what);
    }
  });
}

}  // namespace
}  // namespace regrow::tests

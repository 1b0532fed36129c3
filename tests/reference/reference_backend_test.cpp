// The reference back end as a whole: state in and out, epochs and batches, evaluation, evolution.
#include "reference/reference_backend.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

using tests::shared_tiny_dataset;
using tests::tiny_network;

// 2 channels of 4×6, 32 samples to train on, 5 held out, 11 to test.
const std::vector<std::uint32_t> kSizes = {48, 10, 8, 3};

BackendOptions small_options() {
  BackendOptions options;
  options.seed = 9;
  options.batch_size = 8;
  options.augmentation.enabled = true;
  return options;
}

std::unique_ptr<Backend> backend_with(const BackendOptions& options, const NetworkState& network) {
  std::unique_ptr<Backend> backend = make_reference_backend(options);
  backend->attach(shared_tiny_dataset());
  backend->load(network);
  return backend;
}

std::vector<double> losses_of(Backend& backend, const StepRange& range,
                              float learning_rate = 0.05F) {
  std::vector<double> losses;
  for (const LossSums& sums :
       backend.train(range, std::vector<float>(range.count, learning_rate))) {
    losses.push_back(sums.loss);
  }
  return losses;
}

NetworkState trained_network(const BackendOptions& options = small_options()) {
  const auto backend = backend_with(options, tiny_network(1, kSizes));
  losses_of(*backend, {0, 4, 4});
  return backend->snapshot();
}

TEST(ReferenceBackend, SnapshotIsWhatWasLoaded) {
  const NetworkState network = trained_network();
  EXPECT_NE(network.layers[0].weights.slots[0][0], 0);
  EXPECT_EQ(network.precision, Precision::kFloat64);
  EXPECT_EQ(backend_with(small_options(), network)->snapshot(), network);
}

TEST(ReferenceBackend, RefusesANetworkThatDoesNotFitTheData) {
  const auto backend = make_reference_backend(small_options());
  EXPECT_THROW(backend->load(tiny_network(1, kSizes)), std::logic_error);
  backend->attach(shared_tiny_dataset());
  EXPECT_THROW(backend->load(tiny_network(1, {47, 10, 3})), std::logic_error);
  EXPECT_THROW(backend->load(tiny_network(1, {48, 10, 4})), std::logic_error);
}

TEST(ReferenceBackend, TrainingInPiecesIsTrainingAtOnce) {
  const auto whole = backend_with(small_options(), tiny_network(1, kSizes));
  const auto pieces = backend_with(small_options(), tiny_network(1, kSizes));
  const std::vector<double> losses = losses_of(*whole, {4, 4, 4});
  std::vector<double> joined = losses_of(*pieces, {4, 1, 4});
  pieces->load(pieces->snapshot());
  for (const double loss : losses_of(*pieces, {5, 3, 4})) joined.push_back(loss);
  EXPECT_EQ(losses, joined);
  EXPECT_EQ(whole->snapshot(), pieces->snapshot());
}

TEST(ReferenceBackend, LossFalls) {
  BackendOptions options = small_options();
  options.dropout = 0;
  const auto backend = backend_with(options, tiny_network(1, kSizes));
  const double before = backend->evaluate(Split::kTrain).loss;
  for (std::uint64_t epoch = 0; epoch < 10; ++epoch) losses_of(*backend, {epoch * 4, 4, 4});
  EXPECT_LT(backend->evaluate(Split::kTrain).loss, 0.5 * before);
}

TEST(ReferenceBackend, EveryEpochHasItsOwnOrderAndWarp) {
  BackendOptions options = small_options();
  options.dropout = 0;
  const NetworkState network = tiny_network(1, kSizes);
  const auto first_loss = [&](const BackendOptions& with, std::uint64_t step) {
    return losses_of(*backend_with(with, network), {step, 1, 4}).front();
  };
  EXPECT_NE(first_loss(options, 0), first_loss(options, 1));
  EXPECT_NE(first_loss(options, 0), first_loss(options, 4));
  BackendOptions plain = options;
  plain.augmentation.enabled = false;
  EXPECT_NE(first_loss(options, 0), first_loss(plain, 0));
  EXPECT_NE(first_loss(plain, 0), first_loss(plain, 4));
}

TEST(ReferenceBackend, AWarpByNothingIsNoWarp) {
  BackendOptions none = small_options();
  none.augmentation = {
      .enabled = true, .rotate_degrees = 0, .shift_fraction = 0, .flip_probability = 0};
  BackendOptions off = none;
  off.augmentation.enabled = false;
  const NetworkState network = tiny_network(1, kSizes);
  EXPECT_EQ(losses_of(*backend_with(none, network), {0, 4, 4}),
            losses_of(*backend_with(off, network), {0, 4, 4}));
}

// Without update, augmentation and dropout an epoch sees what an evaluation sees, each once.
TEST(ReferenceBackend, AnEpochTrainsEverySampleOnce) {
  BackendOptions options = small_options();
  options.augmentation.enabled = false;
  options.dropout = 0;
  const auto backend = backend_with(options, tiny_network(1, kSizes));
  LossSums trained;
  for (const LossSums& sums : backend->train({4, 4, 4}, std::vector<float>(4, 0.0F))) {
    trained += sums;
  }
  const LossSums evaluated = backend->evaluate(Split::kTrain);
  EXPECT_NEAR(trained.loss, evaluated.loss, 1e-12);
  EXPECT_EQ(trained.hits, evaluated.hits);
  EXPECT_EQ(trained.samples, 32U);
}

TEST(ReferenceBackend, EvaluationKeepsThePartialBatchAndIsFreeOfDropout) {
  const NetworkState network = trained_network();
  BackendOptions one_by_one = small_options();
  one_by_one.batch_size = 1;
  one_by_one.dropout = 0;
  one_by_one.augmentation.enabled = false;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    const LossSums batched = backend_with(small_options(), network)->evaluate(split);
    const LossSums single = backend_with(one_by_one, network)->evaluate(split);
    EXPECT_NEAR(batched.loss, single.loss, 1e-12);
    EXPECT_EQ(batched.hits, single.hits);
    EXPECT_EQ(batched.samples, view(*shared_tiny_dataset(), split).size());
  }
}

TEST(ReferenceBackend, RefusesPlansAndRequestsForAnotherNumberOfLayers) {
  const auto backend = backend_with(small_options(), trained_network());
  EvolutionPlan plan = tests::evolution_of(*backend, DropRule::kPerSign, 300'000);
  plan.layers.pop_back();
  EXPECT_THROW(backend->evolve(plan), std::logic_error);
  EXPECT_THROW(backend->measure({{{}, {}}, {}}), std::logic_error);
}

}  // namespace
}  // namespace regrow

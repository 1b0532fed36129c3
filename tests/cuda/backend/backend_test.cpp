// The back end of GPUs as a whole: exact state, the same bits whatever the way a step is run, the
// same decisions as the CPU, and agreement with the reference where the lockstep test does not go.
#include "regrow/backend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "regrow/error.h"
#include "regrow/policy.h"
#include "support/devices.h"
#include "support/tiny_data.h"

namespace regrow::tests {
namespace {

const std::vector<std::uint32_t> kSizes = {48, 40, 24, 3};
constexpr std::uint32_t kSteps = 4;

BackendOptions options_with(ActivationStorage activations = ActivationStorage::kFloat32) {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.weight_decay = 1e-3;
  options.augmentation.enabled = true;
  options.activations = activations;
  return options;
}

std::unique_ptr<Backend> ready(const std::string& device, const BackendOptions& options,
                               const NetworkState& network,
                               const TinyDataSettings& data = TinyDataSettings()) {
  std::unique_ptr<Backend> backend = make_backend(device, options);
  backend->attach(shared_tiny_dataset(data));
  backend->load(network);
  return backend;
}

std::vector<LossSums> train_epoch(Backend& backend, std::uint32_t epoch) {
  return backend.train({std::uint64_t{epoch} * kSteps, kSteps, kSteps},
                       std::vector<float>(kSteps, 0.05F));
}

DropPlan drop_plan(Backend& backend) {
  DropPlan plan;
  for (const WeightCounts& counts : backend.count_weights()) {
    plan.layers.push_back(drop_counts(plan.rule, counts, 300000));
  }
  return plan;
}

void evolve(Backend& backend, std::uint32_t time, std::uint64_t more = 0) {
  GrowPlan plan;
  plan.seed = 3;
  plan.time = time;
  plan.rule = growth_rule("most_neighbours");
  for (const DropReport& report : backend.drop(drop_plan(backend))) {
    plan.counts.push_back(report.dropped() + (report.dropped() > 0 ? more : 0));
  }
  backend.grow(plan);
}

NetworkState trained(Backend& backend) {
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    train_epoch(backend, epoch);
    evolve(backend, epoch);
  }
  return backend.snapshot();
}

TEST(CudaBackend, HoldsANetworkToTheBit) {
  NetworkState network = tiny_network(5, kSizes, 0.3);
  for (LayerState& layer : network.layers) {
    for (std::size_t k = 0; k < layer.momentum.size(); ++k) {
      layer.momentum[k] = static_cast<float>(k % 7) * 0x1p-140F;  // denormal numbers, too
    }
    for (double& momentum : layer.bias_momentum) momentum = -0.25;
    layer.weights[0] = -0.0;
    layer.budget += 3;
  }
  network.layers[0].kind = LayerKind::kDense;
  network.layers[0] = tiny_network(5, kSizes, 1, LayerKind::kDense).layers[0];
  const auto backend = ready(kTestDevice, options_with(), network);
  EXPECT_EQ(backend->snapshot(), network);
  const NetworkState after = trained(*backend);
  EXPECT_NE(after, network);
  backend->load(after);
  EXPECT_EQ(backend->snapshot(), after);
  EXPECT_TRUE(
      std::signbit(ready(kTestDevice, options_with(), network)->snapshot().layers[1].weights[0]));
}

// A drop of the network before is no drop of this one.
TEST(CudaBackend, ANetworkThatIsReplacedLeavesNothingBehind) {
  const NetworkState other = tiny_network(9, kSizes, 0.4);
  const auto backend = ready(kTestDevice, options_with(), tiny_network(2, kSizes, 0.2));
  backend->drop(drop_plan(*backend));
  backend->load(other);
  EXPECT_EQ(backend->snapshot(), other);
}

TEST(CudaBackend, AStepGivesTheSameBitsAsAGraphAndInPieces) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  for (const auto storage : {ActivationStorage::kFloat32, ActivationStorage::kBFloat16}) {
    const NetworkState expected = trained(*ready(kTestDevice, options_with(storage), network));
    BackendOptions plain = options_with(storage);
    plain.graph = false;
    EXPECT_EQ(trained(*ready(kTestDevice, plain, network)), expected);

    const auto pieces = ready(kTestDevice, options_with(storage), network);
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
      pieces->train({std::uint64_t{epoch} * kSteps, 1, kSteps}, std::vector<float>(1, 0.05F));
      pieces->train({std::uint64_t{epoch} * kSteps + 1, 3, kSteps}, std::vector<float>(3, 0.05F));
      pieces->evaluate(Split::kValidation);
      evolve(*pieces, epoch);
    }
    EXPECT_EQ(pieces->snapshot(), expected);
  }
}

TEST(CudaBackend, TrainsAnyEpochNotOnlyTheNext) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto backend = ready(kTestDevice, options_with(), network);
  train_epoch(*backend, 5);
  backend->load(network);
  train_epoch(*backend, 0);
  const auto fresh = ready(kTestDevice, options_with(), network);
  train_epoch(*fresh, 0);
  EXPECT_EQ(backend->snapshot(), fresh->snapshot());
}

TEST(CudaBackend, RatesAndStepsAreTheirOwn) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto backend = ready("check:" + kTestDevice + ",reference", options_with(), network);
  EXPECT_NO_THROW(backend->train({4, 4, 4}, std::vector<float>{0.1F, 0, 0.02F, 0.3F}));
}

TEST(CudaBackend, Bfloat16AgreesWithTheReferenceWithinItsBounds) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto backend = ready("check:" + kTestDevice + ",reference",
                             options_with(ActivationStorage::kBFloat16), network);
  EXPECT_NO_THROW(trained(*backend));
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    EXPECT_NO_THROW(backend->evaluate(split));
  }
  const auto fp32 = ready(kTestDevice, options_with(), network);
  const auto bf16 = ready(kTestDevice, options_with(ActivationStorage::kBFloat16), network);
  EXPECT_EQ(bf16->capabilities().activations, ActivationStorage::kBFloat16);
  EXPECT_NE(train_epoch(*fp32, 0)[0].loss, train_epoch(*bf16, 0)[0].loss);
}

// More samples than are evaluated at once, of either split, and of test samples alone.
TEST(CudaBackend, EvaluatesInSeveralBatches) {
  TinyDataSettings data;
  data.train_samples = 560;
  data.test_samples = 1030;
  const auto backend = ready("check:" + kTestDevice + ",reference", options_with(),
                             tiny_network(2, kSizes, 0.2), data);
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    EXPECT_NO_THROW(backend->evaluate(split));
  }
  std::vector<float> logits(1030 * 3);
  const auto alone = ready(kTestDevice, options_with(), tiny_network(2, kSizes, 0.2), data);
  const LossSums with = alone->evaluate(Split::kTest, logits);
  const LossSums without = alone->evaluate(Split::kTest);
  EXPECT_EQ(with.loss, without.loss);
  EXPECT_EQ(with.samples, 1030U);
}

TEST(CudaBackend, EvolvesTheSameWeightsAsTheCpuDoes) {
  const std::vector<std::uint32_t> sizes = {48, 300, 200, 3};
  NetworkState network = tiny_network(7, sizes, 0.1);
  const auto gpu = ready(kTestDevice, options_with(), network);
  const auto cpu = ready("cpu", options_with(), network);
  for (const GrowthRule& rule : growth_rules()) {
    gpu->load(network);
    cpu->load(network);
    GrowPlan plan;
    plan.seed = 11;
    plan.time = 2;
    plan.rule = rule;
    plan.image = InputImage{{3, 4, 4}, InputOrder::kHwc};
    plan.fresh_weights = true;
    plan.init = WeightInit::kHeSparse;
    const std::vector<DropReport> reports = cpu->drop(drop_plan(*cpu));
    EXPECT_EQ(gpu->drop(drop_plan(*gpu)), reports);
    for (const DropReport& report : reports) plan.counts.push_back(report.dropped());
    EXPECT_EQ(gpu->grow(plan), cpu->grow(plan));
    EXPECT_EQ(gpu->snapshot(), cpu->snapshot()) << rule.name;
  }
}

TEST(CudaBackend, AfterADropTheNetworkIsTheSmallerOne) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto gpu = ready("check:" + kTestDevice + ",reference", options_with(), network);
  const auto cpu = ready("cpu", options_with(), network);
  gpu->drop(drop_plan(*gpu));
  cpu->drop(drop_plan(*cpu));
  EXPECT_EQ(gpu->snapshot(), cpu->snapshot());
  EXPECT_EQ(gpu->count_weights(), cpu->count_weights());
  EXPECT_NO_THROW(gpu->evaluate(Split::kTest));
  EXPECT_NO_THROW(train_epoch(*gpu, 0));
}

TEST(CudaBackend, GrowsBeyondTheRoomItBeganWith) {
  const auto backend =
      ready("check:" + kTestDevice + ",reference", options_with(), tiny_network(2, kSizes, 0.2));
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_NO_THROW(train_epoch(*backend, epoch));
    EXPECT_NO_THROW(evolve(*backend, epoch, 100));
  }
  EXPECT_NO_THROW(train_epoch(*backend, 3));
}

TEST(CudaBackend, CountsWhatIsNotFinite) {
  NetworkState network = tiny_network(2, kSizes, 0.2);
  network.layers[0].weights[3] = std::nan("");
  network.layers[0].momentum[4] = std::numeric_limits<double>::infinity();
  network.layers[1].biases[5] = std::nan("");
  network.layers[2].bias_momentum[1] = std::nan("");
  network.layers[2].momentum[2] = std::nan("");
  network.layers[2].weights[1] = 0;
  const auto gpu = ready(kTestDevice, options_with(), network);
  EXPECT_EQ(gpu->count_weights(), ready("cpu", options_with(), network)->count_weights());
}

TEST(CudaBackend, TwoOnTwoThreadsDoNotMeet) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const NetworkState expected = trained(*ready(kTestDevice, options_with(), network));
  std::vector<NetworkState> results(2);
  std::vector<std::thread> threads;
  for (NetworkState& result : results) {
    threads.emplace_back([&] { result = trained(*ready(kTestDevice, options_with(), network)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const NetworkState& result : results) EXPECT_EQ(result, expected);
}

// So small that ThreadSanitizer, under which the emulation is slow, sees all of it.
TEST(SmallCudaBackend, TrainsOnTwoThreadsAtOnce) {
  TinyDataSettings data;
  data.shape = {1, 2, 4};
  data.train_samples = 12;
  const NetworkState network = tiny_network(2, {8, 5, 3}, 0.5);
  BackendOptions options = options_with();
  options.batch_size = 3;
  std::vector<NetworkState> results(2);
  std::vector<std::thread> threads;
  for (NetworkState& result : results) {
    threads.emplace_back([&] {
      const auto backend = ready(kTestDevice, options, network, data);
      backend->train({1, 1, 2}, std::vector<float>(1, 0.05F));
      result = backend->snapshot();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(results[0], results[1]);
  EXPECT_NE(results[0], network);
}

TEST(CudaBackend, ABackendMayBeUsedOnAnotherThreadThanItsMaker) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  auto backend = ready(kTestDevice, options_with(), network);
  std::thread([&] { train_epoch(*backend, 0); }).join();
  std::thread([&] { backend.reset(); }).join();
}

TEST(CudaBackend, RefusesWhatDoesNotFit) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  auto backend = make_backend(kTestDevice, options_with());
  EXPECT_THROW(backend->load(network), std::logic_error) << "no data";
  backend->attach(shared_tiny_dataset());
  EXPECT_THROW(backend->snapshot(), std::logic_error) << "no network";
  EXPECT_THROW(backend->load(tiny_network(2, {47, 5, 3})), std::logic_error);
  EXPECT_THROW(backend->load(tiny_network(2, {48, 5, 4})), std::logic_error);
  backend->load(network);
  EXPECT_THROW(backend->train({0, 4, 4}, std::vector<float>(3, 0.1F)), std::logic_error);
  EXPECT_THROW(backend->train({0, 5, 5}, std::vector<float>(5, 0.1F)), std::logic_error);
  EXPECT_THROW(backend->drop({}), std::logic_error);
  EXPECT_THROW(backend->grow({}), std::logic_error);
  std::vector<float> logits(5);
  EXPECT_THROW(backend->evaluate(Split::kTest, logits), std::logic_error);
}

TEST(CudaBackend, RefusesMoreConnectionsThanAPositionCounts) {
  NetworkState network = tiny_network(2, kSizes, 0.2);
  network.layers[1].budget = std::uint64_t{1} << 32;
  try {
    ready(kTestDevice, options_with(), network);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "layer 1: 4294967296 connections, but a GPU's back end holds at most 4294967295 in a "
              "layer; lower --epsilon or --density, or use --device cpu");
  }
}

}  // namespace
}  // namespace regrow::tests

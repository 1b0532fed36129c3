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
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow::tests {
namespace {

const std::vector<std::uint32_t> kSizes = {48, 40, 24, 3};
constexpr std::uint32_t kSteps = 4;

BackendOptions options_with(ActivationStorage activations = ActivationStorage::kFloat32) {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.optimiser.weight_decay = 1e-3;
  options.augmentation.enabled = true;
  options.activations = activations;
  return options;
}

/// Adam with its gradients clipped, what SReLUs learn and a loss of several parts.
BackendOptions options_of_everything(ActivationStorage activations = ActivationStorage::kFloat32) {
  BackendOptions options = options_with(activations);
  options.optimiser.kind = OptimiserKind::kAdam;
  options.clip_norm = 0.2;
  options.loss.label_smoothing = 0.1;
  options.loss.class_weights.balanced = true;
  return options;
}
NetworkState network_of_everything() {
  NetworkState network = tiny_network(2, kSizes, 0.2, LayerKind::kSparse, 2);
  set_activation(ActivationKind::kSRelu, 3, network);
  return network;
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

EvolutionPlan evolution_plan(Backend& backend, const std::string& rule = "most_neighbours") {
  EvolutionPlan plan = evolution_of(backend, DropRule::kPerSign, 300'000);
  plan.seed = 3;
  plan.growth.rule = rule_of(rule);
  return plan;
}

void evolve(Backend& backend, std::uint32_t time, std::uint64_t more = 0) {
  EvolutionPlan plan = evolution_plan(backend);
  plan.time.number = time;
  for (LayerEvolution& layer : plan.layers) layer.grow += layer.grow > 0 ? more : 0;
  backend.evolve(plan);
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
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      layer.weights.slots[0][k] = static_cast<float>(k % 7) * 0x1p-140F;  // denormal numbers, too
    }
    for (double& momentum : layer.biases.slots[0]) momentum = -0.25;
    layer.weights.values[0] = -0.0;
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
  EXPECT_TRUE(std::signbit(
      ready(kTestDevice, options_with(), network)->snapshot().layers[1].weights.values[0]));
}

TEST(CudaBackend, HoldsEverySlotAndWhatActivationsLearnToTheBit) {
  NetworkState network = network_of_everything();
  double next = 0;
  for (LayerState& layer : network.layers) {
    for (Parameter* const parameter : parameters_of(layer)) {
      for (std::vector<double>& slot : parameter->slots) {
        for (double& value : slot) value = next += 0.125;
      }
    }
  }
  const auto backend = ready(kTestDevice, options_of_everything(), network);
  EXPECT_EQ(backend->snapshot(), network);
  backend->reset_slots();
  for (LayerState& layer : network.layers) {
    for (Parameter* const parameter : parameters_of(layer)) {
      *parameter = Parameter(parameter->values, 2);
    }
  }
  EXPECT_EQ(backend->snapshot(), network);
}

TEST(CudaBackend, ANetworkThatIsReplacedLeavesNothingBehind) {
  const NetworkState other = tiny_network(9, kSizes, 0.4);
  const auto backend = ready(kTestDevice, options_with(), tiny_network(2, kSizes, 0.2));
  evolve(*backend, 0);
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

// What changes from step to step, Adam's corrections and the clipping included, is read on the
// device, so that a graph does not repeat its first step.
TEST(CudaBackend, AStepOfAdamGivesTheSameBitsAsAGraphAndInPieces) {
  const NetworkState network = network_of_everything();
  for (const auto storage : {ActivationStorage::kFloat32, ActivationStorage::kBFloat16}) {
    const BackendOptions options = options_of_everything(storage);
    const NetworkState expected = trained(*ready(kTestDevice, options, network));
    BackendOptions plain = options;
    plain.graph = false;
    EXPECT_EQ(trained(*ready(kTestDevice, plain, network)), expected);

    const auto pieces = ready(kTestDevice, options, network);
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
      pieces->train({std::uint64_t{epoch} * kSteps, 1, kSteps}, std::vector<float>(1, 0.05F));
      pieces->train({std::uint64_t{epoch} * kSteps + 1, 3, kSteps}, std::vector<float>(3, 0.05F));
      evolve(*pieces, epoch);
    }
    EXPECT_EQ(pieces->snapshot(), expected);
  }
}

// The connections that there is room for are other ones then: neither the order of a norm's sums
// nor a captured step may depend on them.
TEST(CudaBackend, ARunOfAdamThatIsLoadedAgainGivesTheSameBits) {
  const NetworkState network = network_of_everything();
  const auto backend = ready(kTestDevice, options_of_everything(), network);
  const auto again = ready(kTestDevice, options_of_everything(), network);
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    for (Backend* const each : {backend.get(), again.get()}) {
      train_epoch(*each, epoch);
      EvolutionPlan plan = evolution_plan(*each);
      plan.time.number = epoch;
      // Far more, then fewer than there is room for.
      for (LayerEvolution& layer : plan.layers) {
        if (layer.grow > 0) layer.grow = epoch == 0 ? layer.grow + 150 : layer.grow - 5;
      }
      each->evolve(plan);
    }
    again->load(again->snapshot());
  }
  train_epoch(*backend, 3);
  train_epoch(*again, 3);
  EXPECT_EQ(again->snapshot(), backend->snapshot());
}

// The lockstep test has fp32, of every activation. Here are those without a steep bend, on whose
// other side a rounded pre-activation has another gradient.
TEST(CudaBackend, Bfloat16OfAdamAgreesWithTheReferenceWithinItsBounds) {
  for (const ActivationKind activation : {ActivationKind::kLeakyRelu, ActivationKind::kGelu}) {
    NetworkState network = network_of_everything();
    set_activation(activation, 3, network);
    const auto backend = ready("check:" + kTestDevice + ",reference",
                               options_of_everything(ActivationStorage::kBFloat16), network);
    EXPECT_NO_THROW(trained(*backend)) << name_of(activation);
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
  const NetworkState network = tiny_network(7, sizes, 0.1);
  const auto gpu = ready(kTestDevice, options_with(), network);
  const auto cpu = ready("cpu", options_with(), network);
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.by_gradient) continue;  // exact given the same scores, which rounding tells apart
    for (const bool regrows : {true, false}) {
      gpu->load(network);
      cpu->load(network);
      EvolutionPlan plan = evolution_plan(*cpu, rule.name);
      EXPECT_EQ(plan, evolution_plan(*gpu, rule.name));
      plan.time = {2, regrows};
      plan.growth.image = InputImage{{3, 4, 4}, InputOrder::kHwc};
      plan.growth.regrow_dropped = regrows;
      plan.newborn = {true, WeightInit::kHeSparse, false};
      plan.reports_cells = true;
      EXPECT_EQ(gpu->evolve(plan), cpu->evolve(plan));
      EXPECT_EQ(gpu->snapshot(), cpu->snapshot()) << rule.name;
    }
  }
}

/// Every `nth` connection of the sparse layers, as a request or a plan protects them.
std::vector<CellList> every_nth(const NetworkState& network, std::size_t nth) {
  std::vector<CellList> lists;
  for (const LayerState& layer : network.layers) {
    CellList& cells = lists.emplace_back();
    for (std::size_t i = 0; i < layer.cells.size(); i += nth) cells.push_back(layer.cells[i]);
  }
  return lists;
}

// Sparse layers and a dense one; all digits, of all candidates and with connections protected.
TEST(CudaBackend, MeasuresWhatTheReferenceMeasures) {
  NetworkState network = tiny_network(2, kSizes, 0.2);
  network.layers[1] = tiny_network(2, kSizes, 1, LayerKind::kDense).layers[1];
  network.layers[0].weights.values[3] = 0;
  network.layers[0].weights.values[4] = -0.0;
  const auto backend = ready("check:" + kTestDevice + ",reference", options_with(), network);
  for (const std::size_t nth : {0U, 1U, 3U}) {
    MeasureRequest request;
    if (nth > 0) request.protected_cells = every_nth(network, nth);
    const std::vector<LayerMeasures> signs = backend->measure(request);
    EXPECT_EQ(signs[0].candidates == signs[0].weights, nth == 0);
    EXPECT_EQ(signs[1].candidates, WeightCounts{}) << "a dense layer has no candidates";
    EXPECT_TRUE(signs[0].magnitudes.empty());
    for (const std::uint64_t prefix : {0x3C0U, 0x3DU, 0U}) {
      request.digit = MagnitudeDigit{31, 9, 11, prefix};
      EXPECT_NO_THROW(backend->measure(request)) << nth << ", " << prefix;
    }
    request.digit = MagnitudeDigit{31, 20, 11, 0};
    const std::vector<LayerMeasures> digits = backend->measure(request);
    EXPECT_EQ(digits[0].magnitudes.size(), 2048U);
    EXPECT_TRUE(digits[1].magnitudes.empty() && digits[2].magnitudes.empty());
    std::uint64_t sum = 0;
    for (const std::uint64_t count : digits[0].magnitudes) sum += count;
    const WeightCounts& candidates = signs[0].candidates;
    EXPECT_EQ(sum, candidates.negatives + candidates.positives + candidates.zeros);
  }
}

TEST(CudaBackend, RefusesMeasuresThatItCannotTake) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto backend = ready(kTestDevice, options_with(), network);
  EXPECT_THROW(backend->measure({{}, MagnitudeDigit{63, 0, 11, 0}}), std::logic_error);
  EXPECT_THROW(backend->measure({{{}, {}}, std::nullopt}), std::logic_error) << "a list too few";
  std::uint64_t inactive = 0;
  while (network.layers[1].cells[inactive] == inactive) ++inactive;
  EXPECT_THROW(backend->measure({{{}, {inactive}, {}}, std::nullopt}), std::logic_error);
}

/// Of a layer with more cells than 32 bits number: a few connections, side by side and far apart.
NetworkState wide_network() {
  constexpr std::uint32_t kWide = 100'000;
  NetworkState network = tiny_network(5, {48, 1, 1, 3});
  network.layers[0] = tiny_network(5, {48, kWide, 3}, 0.001).layers[0];
  LayerState& layer = network.layers[1];
  layer = {};
  layer.kind = LayerKind::kSparse;
  layer.inputs = kWide;
  layer.outputs = kWide;
  layer.biases = Parameter(std::vector<double>(kWide), 1);
  std::vector<double> momentum;
  for (std::uint64_t i = 0; i < 400; ++i) {
    layer.cells.push_back((i / 4) * 99'999'989 + (i % 4) * (kWide + i % 3));
    layer.weights.values.push_back((static_cast<double>(i % 16) + 1) / (i % 2 == 0 ? 16 : -16));
    momentum.push_back(static_cast<double>(i));
  }
  layer.weights.slots = {momentum};
  layer.budget = layer.cells.size();
  network.layers[2] = tiny_network(5, {kWide, 3}).layers[0];
  check_invariants(network);
  return network;
}

TEST(CudaBackend, EvolvesCellsBeyond32BitsAsTheCpuDoes) {
  const NetworkState network = wide_network();
  BackendOptions options = options_with();
  options.batch_size = 1;
  const auto gpu = ready(kTestDevice, options, network);
  const auto cpu = ready("cpu", options, network);
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.by_gradient) continue;
    for (const std::uint64_t count : {100U, 3000U}) {
      gpu->load(network);
      cpu->load(network);
      EvolutionPlan plan = evolution_plan(*cpu, rule.name);
      plan.growth.regrow_dropped = count == 100;
      plan.newborn = {true, WeightInit::kLecunSparse, true};
      plan.reports_cells = true;
      plan.layers[1].protected_cells = every_nth(network, 10)[1];
      plan.layers[1].drop = {50, 50, 0};
      plan.layers[1].grow = count;
      EXPECT_EQ(gpu->evolve(plan), cpu->evolve(plan)) << rule.name;
      EXPECT_EQ(gpu->snapshot(), cpu->snapshot()) << rule.name << ", " << count;
    }
  }
}

TEST(CudaBackend, AnEvolutionThatGrowsNothingLeavesTheSmallerNetwork) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto gpu = ready("check:" + kTestDevice + ",reference", options_with(), network);
  const auto cpu = ready("cpu", options_with(), network);
  for (Backend* const backend : {gpu.get(), cpu.get()}) {
    EvolutionPlan plan = evolution_plan(*backend);
    for (LayerEvolution& layer : plan.layers) layer.grow = 0;
    backend->evolve(plan);
  }
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
  network.layers[0].weights.values[3] = std::nan("");
  network.layers[0].weights.slots[0][4] = std::numeric_limits<double>::infinity();
  network.layers[1].biases.values[5] = std::nan("");
  network.layers[2].biases.slots[0][1] = std::nan("");
  network.layers[2].weights.slots[0][2] = std::nan("");
  network.layers[2].weights.values[1] = 0;
  const auto gpu = ready(kTestDevice, options_with(), network);
  EXPECT_EQ(gpu->count_weights(), ready("cpu", options_with(), network)->count_weights());
}

TEST(CudaBackend, CountsWhatIsNotFiniteInEverySlotAndActivation) {
  NetworkState network = network_of_everything();
  network.layers[0].weights.slots[1][4] = std::nan("");
  network.layers[1].biases.slots[1][0] = std::nan("");
  network.layers[1].activation_parameters[3].values[1] = std::nan("");
  network.layers[1].activation_parameters[2].slots[1][2] = std::nan("");
  network.layers[2].weights.slots[1][1] = std::nan("");
  const auto counts = ready(kTestDevice, options_of_everything(), network)->count_weights();
  EXPECT_EQ(counts[0].non_finite, 1U);
  EXPECT_EQ(counts[1].non_finite, 3U);
  EXPECT_EQ(counts[2].non_finite, 1U);
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
  EXPECT_THROW(backend->load(network_of_everything()), std::logic_error) << "two slots";
  backend->load(network);
  EXPECT_THROW(backend->train({0, 4, 4}, std::vector<float>(3, 0.1F)), std::logic_error);
  EXPECT_THROW(backend->train({0, 5, 5}, std::vector<float>(5, 0.1F)), std::logic_error);
  EXPECT_THROW(backend->evolve({}), std::logic_error);
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

TEST(CudaBackend, RefusesClassWeightsThatAreNotOneForEachClass) {
  BackendOptions options = options_with();
  options.loss.class_weights.values = {1, 2};
  EXPECT_THROW(ready(kTestDevice, options, tiny_network(2, kSizes, 0.2)), Error);
}

// The layers before it are as they were, too.
TEST(CudaBackend, RefusesToGrowBeyondAPositionBeforeAnythingEvolves) {
  const NetworkState network = tiny_network(2, kSizes, 0.2);
  const auto backend = ready(kTestDevice, options_with(), network);
  EvolutionPlan plan = evolution_plan(*backend);
  const LayerState& layer = network.layers[1];
  const std::uint64_t dropped = plan.layers[1].drop.negatives + plan.layers[1].drop.positives;
  plan.layers[1].grow = (std::uint64_t{1} << 32) - (layer.connections() - dropped);
  try {
    backend->evolve(plan);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("layer 1: 4294967296 connections, but a GPU's", 0),
              0U)
        << error.what();
  }
  EXPECT_EQ(backend->snapshot(), network);
  --plan.layers[1].grow;
  EXPECT_THROW(backend->evolve(plan), std::logic_error) << "more than there are cells";
}

// Zeros drop, too, and make room.
TEST(CudaBackend, CountsTheZerosThatDropForTheRoomOfWhatGrows) {
  NetworkState network = tiny_network(2, kSizes, 0.2);
  LayerState& layer = network.layers[1];
  for (std::size_t i = 0; i < 4; ++i) layer.weights.values[i] = 0;
  const auto backend = ready(kTestDevice, options_with(), network);
  EvolutionPlan plan = evolution_plan(*backend);
  plan.layers[0] = {};
  plan.layers[1].drop = {};
  plan.layers[1].protected_cells = {layer.cells[1]};
  plan.layers[1].grow = (std::uint64_t{1} << 32) - 1 - (layer.connections() - 3);
  EXPECT_THROW(backend->evolve(plan), std::logic_error) << "there is room, but no such cells";
  backend->load(network);
  ++plan.layers[1].grow;
  EXPECT_THROW(backend->evolve(plan), Error);
}

}  // namespace
}  // namespace regrow::tests

// Device memory: what is said where a run does not fit, that a narrower evaluation changes nothing,
// that a step allocates nothing and that all is given back.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/device_network.h"
#include "backend/memory_plan.h"
#include "backend/network_memory.h"
#include "backend/run_data.h"
#include "common/emulation/device_memory.h"
#include "evolve/grow_by_gradient.h"
#include "regrow/backend.h"
#include "regrow/error.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow::cuda {
namespace {

using emulation::live_bytes;
using emulation::ScopedCapacity;

constexpr std::uint64_t kMebi = 1 << 20;

/// 10 MiB of data, 40 MiB of connections, 1 MiB a sample of the batch, 1/8 MiB a sample evaluated.
std::vector<MemoryPart> plan(std::uint32_t batch, std::uint32_t evaluated) {
  return {{"the data set", 10 * kMebi, false},
          {"connections", 40 * kMebi, true},
          {"activations", batch * kMebi, false},
          {"evaluation", evaluated * kMebi / 8, false}};
}

std::string refusal(std::uint32_t batch, std::uint64_t free_bytes) {
  try {
    fit_evaluation(plan, batch, 512, free_bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "it fits";
}

TEST(MemoryPlan, EvaluatesAsManyAtOnceAsFit) {
  EXPECT_EQ(fit_evaluation(plan, 50, 512, 164 * kMebi), 512U);
  EXPECT_EQ(fit_evaluation(plan, 50, 512, 164 * kMebi - 1), 256U);
  EXPECT_EQ(fit_evaluation(plan, 50, 512, 108 * kMebi), 64U);
  EXPECT_EQ(fit_evaluation(plan, 50, 56, 107 * kMebi), 56U);
  EXPECT_EQ(fit_evaluation(plan, 50, 200, 112 * kMebi + 100 * kMebi / 8 - 12 * kMebi), 96U);
  // The fewest are tried, too, where no halving meets them.
  EXPECT_EQ(fit_evaluation(plan, 50, 120, 108 * kMebi), 64U);
  EXPECT_EQ(fit_evaluation(plan, 50, 504, 108 * kMebi), 64U);
}

TEST(MemoryPlan, SaysWhatIsNeededForWhatAndWhatWouldFit) {
  EXPECT_EQ(refusal(50, 108 * kMebi), "it fits");
  EXPECT_EQ(refusal(50, 108 * kMebi - 1),
            "out of device memory: the run needs 108 MiB (50.0 MiB for activations, 40.0 MiB for "
            "connections, 10.0 MiB for the data set) and 108 MiB are free; --batch 49 would fit");
  EXPECT_NE(refusal(2048, 59 * kMebi).find("needs 2.06 GiB"), std::string::npos);
  EXPECT_NE(refusal(50, 59 * kMebi).find("; --batch 1 would fit"), std::string::npos);
  EXPECT_NE(refusal(50, 39 * kMebi)
                .find("; with --batch 1, 50 % of the connections would fit: lower --epsilon"),
            std::string::npos);
  EXPECT_NE(refusal(1, 19 * kMebi).find("; not even --batch 1 would fit"), std::string::npos);
}

// Rows are found by byte offsets of 32 bits, in every matrix, to its last vector of 16 bytes.
TEST(Addressable, AreMatricesOf4GiBAndNoMore) {
  for (const std::uint64_t rows : {1U, 3U, 1000U, 65536U, 10000019U, 1U << 24}) {
    for (const std::size_t bytes : {sizeof(BFloat16), sizeof(float)}) {
      const std::uint64_t columns = most_columns(rows, bytes);
      EXPECT_EQ(columns % 8, 0U);
      EXPECT_LE(rows * columns * bytes, std::uint64_t{1} << 32) << rows;
      EXPECT_GT(rows * (columns + 8) * bytes, std::uint64_t{1} << 32) << rows;
    }
  }
  // Of as many neurons as a setting takes, enough are left for an evaluation.
  EXPECT_EQ(most_columns(1 << 24, sizeof(float)), 64U);
  EXPECT_NO_THROW(require_addressable(1 << 24, sizeof(float), 64));
  EXPECT_THROW(require_addressable(1 << 24, sizeof(float), 65), Error);
  EXPECT_NO_THROW(require_addressable(1 << 24, sizeof(BFloat16), 128));
}

TEST(Addressable, OfTooManyFeaturesNoBatchWouldBe) {
  try {
    require_addressable(1U << 28, sizeof(float), 1);
    FAIL() << "it fits";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "--batch 1: 8.00 GiB for the activations of the largest layer, of 268435456 "
                 "neurons, but a GPU's back end takes at most 4.00 GiB; use --device cpu");
  }
}

std::string refusal_of(std::uint32_t batch, ActivationStorage activations) {
  BackendOptions options;
  options.batch_size = batch;
  options.activations = activations;
  try {
    const auto backend = make_backend(tests::kTestDevice, options);
    backend->attach(tests::shared_tiny_dataset({}));
    backend->load(tests::tiny_network(2, {48, 5000, 3}, 0.001));
  } catch (const Error& error) {
    return error.what();
  }
  return "it fits";
}

TEST(Addressable, ABatchThatIsNotIsRefusedWithOneThatWouldBe) {
  EXPECT_EQ(
      refusal_of(214'745, ActivationStorage::kFloat32),
      "--batch 214745: 4.00 GiB for the activations of the largest layer, of 5000 neurons, but "
      "a GPU's back end takes at most 4.00 GiB; use --batch 214744 or less, or --device cpu");
  EXPECT_EQ(
      refusal_of(500'000, ActivationStorage::kBFloat16),
      "--batch 500000: 4.66 GiB for the activations of the largest layer, of 5000 neurons, but "
      "a GPU's back end takes at most 4.00 GiB; use --batch 429496 or less, or --device cpu");
}

TEST(Addressable, ABatchOfMoreSamplesThanAGridTakesIsRefused) {
  EXPECT_EQ(refusal_of(524'281, ActivationStorage::kBFloat16),
            "--batch 524281: a GPU's back end takes at most 524280 samples a step; use a smaller "
            "batch, or --device cpu");
}

const std::vector<std::uint32_t> kNeurons = {48, 40, 24, 3};

std::unique_ptr<Backend> ready() {
  BackendOptions options;
  options.batch_size = 7;
  options.scored_cells = ScoredCells();
  auto backend = make_backend(tests::kTestDevice, options);
  tests::TinyDataSettings data;
  data.test_samples = 300;
  backend->attach(tests::shared_tiny_dataset(data));
  backend->load(tests::tiny_network(2, kNeurons, 0.2));
  return backend;
}

/// With all that an evolution may need memory for.
void evolve(Backend& backend) {
  const NetworkState network = backend.snapshot();
  MeasureRequest request;
  for (const LayerState& layer : network.layers) request.protected_cells.push_back(layer.cells);
  request.digit = MagnitudeDigit{31, 20, 11, 0};
  backend.measure(request);
  for (const bool regrows : {true, false}) {
    EvolutionPlan plan = tests::evolution_of(backend, DropRule::kPerSign, 300'000);
    plan.growth.rule = tests::rule_of("most_neighbours");
    plan.growth.regrow_dropped = regrows;
    plan.reports_cells = true;
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      const CellList& cells = network.layers[l].cells;
      if (regrows && !cells.empty()) plan.layers[l].protected_cells = {cells.front()};
    }
    backend.evolve(plan);
  }
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    backend.differentiate({0, 1, 1});
    // As much as there is room for.
    EvolutionPlan plan = tests::scored_evolution_of(backend, law, 1, 900'000, 1);
    plan.growth.regrow_dropped = false;
    plan.reports_cells = true;
    backend.evolve(plan);
  }
}

// Whether nothing or nearly enough is free, the message tells the same need.
TEST(DeviceMemory, ARunThatDoesNotFitIsRefusedBeforeAnythingIsAllocated) {
  const std::uint64_t before = live_bytes();
  std::vector<std::string> needs;
  for (const std::uint64_t bytes : {1000, 100000}) {
    const ScopedCapacity limit(before + bytes);
    try {
      ready();
      FAIL() << "it fits";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind("out of device memory: the run needs ", 0), 0U) << message;
      EXPECT_NE(message.find(bytes == 1000 ? " 1000 bytes are free" : " 97.7 KiB are free"),
                std::string::npos)
          << message;
      needs.push_back(message.substr(0, message.find(" and ")));
    }
    EXPECT_EQ(live_bytes(), before);
  }
  EXPECT_EQ(needs.front(), needs.back());
}

FloatFeatures as_floats(const ByteFeatures& bytes) { return {bytes.begin(), bytes.end()}; }

/// The higher half of the values is stored.
SparseRows as_rows(const ByteFeatures& bytes, std::size_t features) {
  SparseRows rows;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] >= 128) {
      rows.columns.push_back(static_cast<std::uint32_t>(i % features));
      rows.values.push_back(bytes[i]);
    }
    if (i % features + 1 == features) rows.row_begin.push_back(rows.columns.size());
  }
  return rows;
}

// To the byte, whatever the data and the settings, so that no part can be forgotten.
TEST(DeviceMemory, ThePlanOfTheDataIsWhatTheDataTakes) {
  const Stream stream;
  for (const bool augmented : {false, true}) {
    for (const bool validates_on_test : {false, true}) {
      for (const std::uint32_t batch : {1U, 7U, 40U, 600U}) {
        BackendOptions options;
        options.batch_size = batch;
        options.augmentation.enabled = augmented;
        tests::TinyDataSettings settings;
        settings.train_samples = 611;
        settings.test_samples = batch == 40 ? 900 : 30;
        settings.validation_samples = validates_on_test ? 0 : 5;
        const Dataset of_bytes = tests::tiny_dataset(settings);
        for (const auto& [kind, more] : {std::pair{0, false}, {0, true}, {1, true}, {2, false}}) {
          Dataset dataset = of_bytes;
          options.loss.class_weights.balanced = more;
          for (LabelledSamples* samples : {&dataset.train, &dataset.test}) {
            if (kind == 1) samples->features = as_floats(samples->bytes());
            if (kind == 2) samples->features = as_rows(samples->bytes(), dataset.shape.features());
            if (more) samples->targets.resize(samples->size() * dataset.classes());
          }
          const auto shared = std::make_shared<const Dataset>(dataset);
          const std::uint64_t before = live_bytes();
          const RunData data(shared, options, stream);
          EXPECT_EQ(live_bytes() - before, RunData::bytes(dataset, options, batch))
              << "batch " << batch << ", augmented " << augmented << ", targets and class weights "
              << more << ", features of kind " << kind;
        }
      }
    }
  }
}

// Without what evolution adds for a while.
template <typename Value>
void expect_network_as_planned(const NetworkState& network, const BackendOptions& options = {}) {
  const auto kind = make_kernel_engine("a kind");
  const Stream stream;
  for (const std::uint32_t evaluation_ld : {8U, 64U, 256U}) {
    std::uint64_t planned = 0;
    for (const MemoryPart& part :
         network_memory(network, *kind, options, sizeof(Value), 16, evaluation_ld)) {
      if (part.what != "loading and evolution") planned += part.bytes;
    }
    const std::uint64_t before = live_bytes();
    const DeviceNetwork<Value> on_device(network, *kind, options, 16, evaluation_ld, stream);
    EXPECT_EQ(live_bytes() - before, planned) << evaluation_ld;
  }
}

TEST(DeviceMemory, ThePlanKnowsSlotsGradientsAndPreActivations) {
  for (const OptimiserKind optimiser : tests::kAllOptimisers) {
    for (const ActivationKind activation : tests::kAllActivations) {
      for (const double clip_norm : {0.0, 1.0}) {
        BackendOptions options;
        options.optimiser.kind = optimiser;
        options.clip_norm = clip_norm;
        NetworkState network =
            tests::tiny_network(2, kNeurons, 0.2, LayerKind::kSparse, slot_count(optimiser));
        tests::set_activation(activation, 1, network);
        expect_network_as_planned<float>(network, options);
        expect_network_as_planned<BFloat16>(network, options);
      }
    }
  }
}

TEST(DeviceMemory, ThePlanOfTheNetworkIsWhatTheNetworkTakes) {
  for (const LayerKind kind : {LayerKind::kSparse, LayerKind::kDense}) {
    const double density = kind == LayerKind::kDense ? 1 : 0.2;
    expect_network_as_planned<float>(tests::tiny_network(2, kNeurons, density, kind));
    expect_network_as_planned<BFloat16>(tests::tiny_network(3, {9, 70, 5}, density, kind));
  }
}

/// The least memory, to a few KiB, in which `begins` does not refuse to begin.
std::uint64_t least_capacity(const std::function<void()>& begins) {
  std::uint64_t too_little = 0, enough = 1 << 22;
  while (enough - too_little > 4096) {
    const std::uint64_t middle = (too_little + enough) / 2;
    const ScopedCapacity limit(live_bytes() + middle);
    try {
      begins();
      enough = middle;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind("out of device memory: the run needs ", 0), 0U)
          << "it began, and then: " << message;
      too_little = middle;
    }
  }
  return enough;
}

TEST(DeviceMemory, WhatIsLetBeginGoesOnToItsEndWhateverTheSettings) {
  struct Case {
    bool augmented, graph;
    std::uint32_t batch;
    ActivationStorage activations;
    OptimiserKind optimiser = OptimiserKind::kSgd;
  };
  for (const Case& test : {Case{true, true, 7, ActivationStorage::kFloat32, OptimiserKind::kAdam},
                           Case{true, false, 20, ActivationStorage::kBFloat16},
                           Case{false, true, 20, ActivationStorage::kBFloat16},
                           Case{false, false, 7, ActivationStorage::kFloat32}}) {
    BackendOptions options;
    options.batch_size = test.batch;
    options.augmentation.enabled = test.augmented;
    options.graph = test.graph;
    options.activations = test.activations;
    options.optimiser.kind = test.optimiser;
    options.scored_cells = ScoredCells();
    const std::size_t slots = slot_count(test.optimiser);
    const auto dataset = tests::shared_tiny_dataset({.train_samples = 50, .test_samples = 30});
    const auto begun = [&] {
      auto backend = make_backend(tests::kTestDevice, options);
      backend->attach(dataset);
      backend->load(tests::tiny_network(2, kNeurons, 0.2, LayerKind::kSparse, slots));
      return backend;
    };
    const std::uint64_t least = least_capacity([&] { begun(); });
    const ScopedCapacity limit(live_bytes() + least);
    EXPECT_NO_THROW({
      const auto backend = begun();
      backend->train({0, 2, 2}, std::vector<float>(2, 0.1F));
      backend->evaluate(Split::kTest);
      evolve(*backend);
      backend->train({2, 2, 2}, std::vector<float>(2, 0.1F));
      backend->load(backend->snapshot());
      backend->evaluate(Split::kTest);
    }) << "augmented "
       << test.augmented << ", graph " << test.graph << ", batch " << test.batch;
  }
}

// Whatever the plan lets begin has room for all that follows.
TEST(DeviceMemory, WhereItIsShortFewerSamplesAreEvaluatedAtOnceWithTheSameResult) {
  const LossSums expected = ready()->evaluate(Split::kTest);
  std::vector<std::uint64_t> used;
  const std::uint64_t before = live_bytes();
  for (std::uint64_t bytes = 150000; bytes < 450000; bytes += 25000) {
    const ScopedCapacity limit(before + bytes);
    std::unique_ptr<Backend> backend;
    try {
      backend = ready();
    } catch (const Error&) {
      EXPECT_TRUE(used.empty()) << "what fits in less memory fits in more";
      continue;
    }
    used.push_back(live_bytes() - before);
    EXPECT_LE(used.back(), bytes);
    const LossSums sums = backend->evaluate(Split::kTest);
    EXPECT_EQ(sums.loss, expected.loss);
    EXPECT_EQ(sums.hits, expected.hits);
    EXPECT_NO_THROW(evolve(*backend));
    EXPECT_NO_THROW(backend->snapshot());
  }
  ASSERT_FALSE(used.empty());
  EXPECT_LT(used.front(), used.back()) << "the evaluation was never narrower";
}

// More cells than are scored at once; equal scores, so that none is left out early.
TEST(DeviceMemory, GrowthByGradientTakesNoMoreThanIsPlanned) {
  const Stream stream;
  const LayerShape shape = {0, 390, 300};
  constexpr std::size_t kAtOnce = 130 * 128;
  constexpr std::uint32_t kLd = 8;
  DeviceArray<float> inputs(std::size_t{shape.inputs} * kLd, "inputs", stream);
  DeviceArray<float> gradients(std::size_t{shape.outputs} * kLd, "gradients", stream);
  inputs.zero();
  gradients.zero();
  const ScoredBatch scored = {BatchOf<float>{inputs.data(), gradients.data(), kLd, kLd}, kAtOnce};
  EvolutionPlan plan;
  plan.growth.rule = tests::rule_of("gradient");
  for (const auto& [grown, drawn] :
       {std::pair<std::uint64_t, std::uint64_t>{2000, 30'000}, {10, 20'000}, {50'000, 10}}) {
    plan.layers = {{{}, {}, grown, {drawn, {}, {}}}};
    for (std::uint64_t i = 1; i <= shape.inputs; ++i) {
      plan.layers[0].candidates.inputs.push_back(i);
      if (i <= shape.outputs) plan.layers[0].candidates.outputs.push_back(i);
    }
    for (const CandidateLaw law :
         {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo}) {
      plan.growth.candidates = law;
      stream.synchronize();
      const ScopedCapacity limit(live_bytes() +
                                 growth_by_gradient_bytes(shape, grown, drawn, kAtOnce));
      EXPECT_NO_THROW({
        const GrowingCells growing = choose_by_gradient({}, plan, shape, scored, stream);
        EXPECT_EQ(growing.cells.size(), grown);
      }) << static_cast<int>(law)
         << ", " << grown << " of " << drawn;
    }
  }
}

// Two layers of 65,536 neurons, epsilon 20.
TEST(DeviceMemory, GrowthByGradientFollowsTheConnectionsAndNotTheCells) {
  constexpr std::uint64_t kConnections = std::uint64_t{20} * 2 * 65'536;
  EXPECT_LT(growth_by_gradient_bytes({0, 65'536, 65'536}, kConnections, kConnections),
            std::uint64_t{300} << 20);
}

TEST(DeviceMemory, AStepAllocatesNothingAndAllIsGivenBack) {
  const std::uint64_t before = live_bytes();
  {
    const auto backend = ready();
    const std::uint64_t loaded = live_bytes();
    EXPECT_GT(loaded, before);
    {
      const ScopedCapacity no_more(loaded);
      EXPECT_NO_THROW(backend->train({0, 4, 4}, std::vector<float>(4, 0.1F)));
    }
    backend->evaluate(Split::kTest);
    EXPECT_EQ(live_bytes(), loaded);
  }
  EXPECT_EQ(live_bytes(), before);
}

}  // namespace
}  // namespace regrow::cuda

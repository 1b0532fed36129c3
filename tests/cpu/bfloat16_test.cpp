// Training with activations stored in bf16, as a whole: against the float64 reference in lockstep,
// by the bounds that rounding explains; and what is the same to the bit all the same. How a row
// is packed is a matter of the kernels' own tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/simd_sets.h"
#include "regrow/backend.h"
#include "regrow/error.h"
#include "regrow/evolution/growth_rule.h"
#include "support/evolutions.h"
#include "support/feature_kinds.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow::tests {
namespace {

// A batch takes whole cache lines of 16 samples; of two such lines the samples lie in pairs, and
// what is left over, 16 of them, stays floats.
constexpr std::uint32_t kBatches[] = {1, 5, 16, 17, 31, 33, 100, 129};
constexpr std::uint32_t kPairedSamples = 32;
const std::vector<std::uint32_t> kNeurons = {48, 40, 24, 3};
constexpr std::uint32_t kEpochSteps = 4;
constexpr ActivationKind kWithoutKink[] = {ActivationKind::kGelu, ActivationKind::kLeakyRelu};

BackendOptions bfloat16_options(const std::string& simd, std::uint32_t batch) {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = batch;
  options.optimiser.weight_decay = 1e-3;
  options.augmentation.enabled = true;
  options.activations = ActivationStorage::kBFloat16;
  options.leaky_slope = 1;
  options.threads = 2;
  options.all_threads = true;
  options.simd = simd;
  return options;
}

BackendOptions in_fp32(BackendOptions options) {
  options.activations = ActivationStorage::kFloat32;
  return options;
}

NetworkState network_with(ActivationKind activation, std::size_t slots = 1) {
  NetworkState network = tiny_network(2, kNeurons, 0.2, LayerKind::kSparse, slots);
  set_activation(activation, 3, network);
  return network;
}

/// Batches of kEpochSteps steps, and more test samples than are evaluated at once.
Dataset data_for(std::uint32_t batch) {
  return tiny_dataset({.train_samples = kEpochSteps * batch + 9, .test_samples = 2 * batch + 7});
}

std::unique_ptr<Backend> ready(const std::string& device, const BackendOptions& options,
                               const NetworkState& network, const Dataset& data) {
  std::unique_ptr<Backend> backend = make_backend(device, options);
  backend->attach(std::make_shared<const Dataset>(data));
  backend->load(network);
  return backend;
}

std::unique_ptr<Backend> ready(const std::string& device, const BackendOptions& options,
                               const NetworkState& network) {
  return ready(device, options, network, data_for(options.batch_size));
}

std::vector<LossSums> train_epoch(Backend& backend, std::uint32_t epoch, std::uint32_t first = 0,
                                  std::uint32_t count = kEpochSteps) {
  return backend.train({std::uint64_t{epoch} * kEpochSteps + first, count, kEpochSteps},
                       std::vector<float>(count, 0.05F));
}

void evolve(Backend& backend, std::uint32_t time, const std::string& rule = "most_neighbours") {
  EvolutionPlan plan = evolution_of(backend, DropRule::kPerSign, 300'000);
  plan.seed = 3;
  plan.growth.rule = rule_of(rule);
  plan.growth.image = InputImage{{2, 4, 6}, InputOrder::kHwc};
  plan.time.number = time;
  backend.evolve(plan);
}

/// Two epochs with an evolution at the end of each, and all that is evaluated.
void run_whole(Backend& backend) {
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    train_epoch(backend, epoch);
    evolve(backend, epoch);
  }
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    backend.evaluate(split);
  }
}

NetworkState trained(Backend& backend) {
  run_whole(backend);
  return backend.snapshot();
}

/// What the lockstep with the reference says of such a run; nothing where the two agree.
std::string problem_in_lockstep(const BackendOptions& options, const NetworkState& network) {
  try {
    run_whole(*ready("check:cpu,reference", options, network));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class CpuBfloat16 : public testing::TestWithParam<std::string> {
 protected:
  BackendOptions options(std::uint32_t batch = 33) const {
    return bfloat16_options(GetParam(), batch);
  }
};

// The bounds of the lockstep (kBfloat16Bounds of host/backend/comparison.cpp) allow one gradient in
// twenty a kink, which in layers as small as these is too few now and then, by chance. So what runs
// in lockstep here has none: GELU, and LeakyReLU of slope 1, which is no activation. Those with
// kinks are compared by GradientsAreOffByRoundingAndKinksAlone.
TEST_P(CpuBfloat16, EveryOptimiserAgreesWithTheReference) {
  for (const std::uint32_t batch : kBatches) {
    for (const OptimiserKind optimiser : kAllOptimisers) {
      for (const ActivationKind activation : kWithoutKink) {
        for (const double dropout : {0.0, 0.3}) {
          BackendOptions given = options(batch);
          given.optimiser.kind = optimiser;
          given.dropout = dropout;
          given.clip_norm = optimiser == OptimiserKind::kNesterov ? 0.2 : 0;
          EXPECT_EQ(problem_in_lockstep(given, network_with(activation, slot_count(optimiser))), "")
              << "batch " << batch << ", " << name_of(activation) << ", " << name_of(optimiser)
              << ", dropout " << dropout;
        }
      }
    }
  }
}

TEST_P(CpuBfloat16, EveryLossAgreesWithTheReference) {
  for (const LossKind loss : {LossKind::kCrossEntropy, LossKind::kMse}) {
    for (const double smoothing : {0.0, 0.2}) {
      if (loss == LossKind::kMse && smoothing > 0) continue;
      BackendOptions given = options(100);
      given.loss.kind = loss;
      given.loss.label_smoothing = smoothing;
      given.loss.class_weights.balanced = smoothing > 0;
      EXPECT_EQ(problem_in_lockstep(given, network_with(ActivationKind::kGelu)), "")
          << static_cast<int>(loss) << ", " << smoothing;
    }
  }
}

TEST_P(CpuBfloat16, EveryGrowthRuleAgreesWithTheReference) {
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.by_gradient) continue;
    const auto backend =
        ready("check:cpu,reference", options(100), network_with(ActivationKind::kLeakyRelu));
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
      EXPECT_NO_THROW(train_epoch(*backend, epoch)) << rule.name;
      EXPECT_NO_THROW(evolve(*backend, epoch, rule.name)) << rule.name;
    }
  }
}

// Scores, and the neurons' strengths, come from rows that are unpacked.
TEST_P(CpuBfloat16, GrowthByGradientAgreesWithTheReference) {
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    for (const ActivationKind activation : kWithoutKink) {
      for (const std::uint32_t batch : {100U, 129U}) {
        SCOPED_TRACE("law " + std::to_string(static_cast<int>(law)) + ", " + name_of(activation) +
                     ", batch " + std::to_string(batch));
        BackendOptions given = options(batch);
        given.optimiser.kind = batch == 100 ? OptimiserKind::kSgd : OptimiserKind::kAdam;
        given.scored_cells = {law, 1.5};
        std::unique_ptr<Backend> backend;
        const NetworkState network = network_with(activation, slot_count(given.optimiser.kind));
        try {
          backend = ready("check:cpu,reference", given, network);
        } catch (const Error&) {
          // ctest gives each test a process of its own.
          GTEST_SKIP() << "OpenBLAS has one instruction set a process";
        }
        for (std::uint32_t step = 1; step < 2 * kEpochSteps; step += 2) {
          EXPECT_NO_THROW(train_epoch(*backend, step / kEpochSteps, step % kEpochSteps - 1, 1));
          EXPECT_NO_THROW(backend->differentiate({step, 1, kEpochSteps}));
          EvolutionPlan plan = scored_evolution_of(*backend, law, 1.5, 300'000, step);
          EXPECT_NO_THROW(backend->evolve(plan));
        }
      }
    }
  }
}

/// Gradients of all that is trained, an array each, of one step: what sgd's momentum becomes at a
/// learning rate of 1, with nothing else in it.
std::vector<std::vector<double>> gradients(const std::string& device, BackendOptions options,
                                           const NetworkState& network) {
  options.optimiser.kind = OptimiserKind::kSgd;
  options.optimiser.weight_decay = 0;
  const auto backend = ready(device, options, network);
  backend->train({1, 1, kEpochSteps}, std::vector<float>(1, 1.0F));
  NetworkState after = backend->snapshot();
  std::vector<std::vector<double>> all;
  for (LayerState& layer : after.layers) {
    for (Parameter* const parameter : parameters_of(layer)) all.push_back(parameter->slots[0]);
  }
  return all;
}

double root_mean_square(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// What is stored is off by 2^-8 of itself at most, and by 2^-8/√3 in the root mean square. On the
// way to a gradient in a network of three layers lie five such matrices, three of activations and
// two of gradients, and their errors are independent: √5·2^-8/√3 of the gradients in the root mean
// square, for which √5·2^-8 is the bound. Rounding toward zero would have twice the errors, all of
// one sign.
//
// By a pre-activation's error, d of its spread, it takes the other sign with a probability of d/π;
// that is 2^-8/√3/π in the first layer and √2 times that in the second (their weights, and so the
// pre-activations, are about as large as what they are made of), or 1.7e-3 in both. So many of the
// terms of a gradient are wrong by the difference of the two slopes, at most: √1.7e-3 = 0.042 in
// the root mean square, and twice that for the spread of a number of kinks in the layers and
// batches here. SReLU has two thresholds: √2 as much, of slopes from −0.2 to 1.5 that differ by 1
// and less.
TEST_P(CpuBfloat16, GradientsAreOffByRoundingAndKinksAlone) {
  constexpr double kByRounding = 2.24 * 0x1p-8, kByKinks = 2 * 0.042;
  for (const ActivationKind activation : kAllActivations) {
    NetworkState network = tiny_network(2, {48, 160, 120, 3}, 0.2);
    set_activation(activation, 3, network);
    for (const double dropout : {0.0, 0.3}) {
      for (const std::uint32_t batch : {32U, 33U, 100U, 129U}) {
        if (batch < 100 && activation != ActivationKind::kGelu) continue;
        BackendOptions given = options(batch);
        given.dropout = dropout;
        given.leaky_slope = 0.3;
        double bound = kByRounding;
        if (activation == ActivationKind::kRelu) bound += kByKinks;
        if (activation == ActivationKind::kLeakyRelu) bound += kByKinks * (1 - 0.3);
        if (activation == ActivationKind::kAllRelu) bound += kByKinks * (1 + 0.3);
        if (activation == ActivationKind::kSRelu) bound += kByKinks * std::sqrt(2);
        const auto a = gradients("cpu", given, network);
        const auto b = gradients("reference", in_fp32(given), network);
        for (std::size_t i = 0; i < a.size(); ++i) {
          std::vector<double> differences;
          for (std::size_t k = 0; k < a[i].size(); ++k) differences.push_back(a[i][k] - b[i][k]);
          EXPECT_GT(root_mean_square(differences), 1e-5 * root_mean_square(b[i]))
              << "nothing was rounded";
          EXPECT_LT(root_mean_square(differences), bound * root_mean_square(b[i]))
              << name_of(activation) << ", dropout " << dropout << ", batch " << batch << ", array "
              << i;
        }
      }
    }
  }
}

/// No hidden layer: class c has the standardised feature c for its logit.
NetworkState network_that_shows_inputs() {
  NetworkState network = tiny_network(1, {48, 3}, 1);
  LayerState& layer = network.layers[0];
  for (double& weight : layer.weights.values) weight = 0;
  for (std::size_t c = 0; c < 3; ++c) layer.weights.values[c * 48 + c] = 1;
  for (double& bias : layer.biases.values) bias = 0;
  return network;
}

// A word is read for the sample in its high half with the low half's bits below it, and is the
// nearest of those. So each is off by at most half a bf16's unit, which is 2^(e−8) in [2^e,
// 2^(e+1)), e of the larger of the two numbers; and by nothing on average.
TEST_P(CpuBfloat16, InputsAreRoundedToTheNearest) {
  for (const std::uint32_t batch : {32U, 64U, 128U}) {
    const Dataset data =
        with_odd_features(tiny_dataset({.train_samples = 4 * batch, .test_samples = 5 * batch}),
                          FeatureKind::kFloats);
    std::vector<float> rounded(3 * data.test.labels.size()), exact(rounded);
    ready("cpu", options(batch), network_that_shows_inputs(), data)
        ->evaluate(Split::kTest, rounded);
    ready("cpu", in_fp32(options(batch)), network_that_shows_inputs(), data)
        ->evaluate(Split::kTest, exact);
    double sums[2] = {0, 0};  // of errors in units, of either half
    std::size_t counts[2] = {0, 0};
    for (std::size_t i = 0; i < exact.size(); ++i) {
      if (exact[i] == 0) continue;
      const double unit =
          std::ldexp(1.0, std::max(std::ilogb(exact[i]), std::ilogb(rounded[i])) - 7);
      const double error = (double{rounded[i]} - double{exact[i]}) / unit;
      ASSERT_LE(std::abs(error), 0.5) << exact[i] << " of sample " << i / 3;
      const std::size_t half = i / 3 % kPairedSamples / 16;
      sums[half] += std::signbit(exact[i]) ? -error : error;
      ++counts[half];
    }
    for (std::size_t half = 0; half < 2; ++half) {
      ASSERT_GT(counts[half], 200U);
      // A mean of n errors that are uniform in ±1/2 deviates by 1/√(12n): six of those.
      EXPECT_LT(std::abs(sums[half]) / static_cast<double>(counts[half]),
                6 / std::sqrt(12.0 * static_cast<double>(counts[half])))
          << "half " << half << ", batch " << batch;
    }
  }
}

// Logits within the bound that follows from 2^-8 for each stored value, layer by layer: e of its
// inputs makes Σ|w|·e of a pre-activation, GELU's slope is below 1.13, and the result is stored
// again. Float sums add 2^-24 of their terms each, for which a fiftieth more is ample.
TEST_P(CpuBfloat16, LogitsAreWithinTheBoundOfRounding) {
  const BackendOptions given = options(33);
  const NetworkState network = network_with(ActivationKind::kGelu);
  const Dataset data = data_for(33);
  const std::size_t samples = data.test.labels.size();
  std::vector<float> ours(3 * samples), theirs(ours), fp32(ours);
  ready("cpu", given, network)->evaluate(Split::kTest, ours);
  ready("reference", in_fp32(given), network)->evaluate(Split::kTest, theirs);
  ready("cpu", in_fp32(given), network)->evaluate(Split::kTest, fp32);
  constexpr double kUnit = 0x1p-8 * 1.02;
  for (std::size_t s = 0; s < samples; ++s) {
    std::vector<double> values, errors;
    for (std::uint32_t f = 0; f < data.shape.features(); ++f) {
      const std::uint32_t input =
          feature_index(data.shape, data.order, f / data.shape.pixels(), f % data.shape.pixels());
      values.resize(data.shape.features());
      values[input] =
          (data.test.bytes()[s * data.shape.features() + f] - data.standardisation.mean[input]) /
          data.standardisation.deviation[input];
    }
    for (const double value : values) errors.push_back(kUnit * std::abs(value));
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      const LayerState& layer = network.layers[l];
      std::vector<double> z = layer.biases.values, e(z.size());
      for (std::size_t k = 0; k < layer.weights.size(); ++k) {
        const std::uint64_t cell = layer.kind == LayerKind::kDense ? k : layer.cells[k];
        z[cell / layer.inputs] += layer.weights.values[k] * values[cell % layer.inputs];
        e[cell / layer.inputs] += std::abs(layer.weights.values[k]) * errors[cell % layer.inputs];
      }
      values = z;
      errors = e;
      if (l + 1 == network.layers.size()) break;
      for (std::size_t i = 0; i < z.size(); ++i) {
        values[i] = z[i] * 0.5 * std::erfc(-z[i] / std::sqrt(2.0));
        errors[i] = 1.13 * e[i];
        errors[i] += kUnit * (std::abs(values[i]) + errors[i]);
      }
    }
    // Of every 48 samples that are evaluated at once the last 16 are floats.
    const bool is_paired = s % 48 < kPairedSamples;
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t i = 3 * s + c;
      ASSERT_NEAR(values[c], double{theirs[i]}, 1e-5) << "the bound is of another network";
      ASSERT_NEAR(double{ours[i]}, double{theirs[i]}, errors[c]) << "sample " << s;
      if (!is_paired) {
        ASSERT_EQ(ours[i], fp32[i]) << "sample " << s;
      }
    }
  }
  EXPECT_NE(ours, fp32);
}

// Nothing is paired in a batch of 16 samples or fewer.
TEST_P(CpuBfloat16, ABatchOfOneLineIsAsInFp32) {
  for (const std::uint32_t batch : {1U, 5U, 16U, 17U}) {
    const NetworkState network = network_with(ActivationKind::kSRelu, 2);
    BackendOptions given = options(batch);
    given.optimiser.kind = OptimiserKind::kAdam;
    const NetworkState bf16 = trained(*ready("cpu", given, network));
    const NetworkState fp32 = trained(*ready("cpu", in_fp32(given), network));
    EXPECT_EQ(bf16 == fp32, batch <= 16) << batch;
  }
}

// Given the same weights: choices are made of integers.
TEST_P(CpuBfloat16, EvolvesTheSameWeightsAsInFp32) {
  const NetworkState network = network_with(ActivationKind::kLeakyRelu);
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.by_gradient) continue;
    const auto bf16 = ready("cpu", options(), network);
    const auto fp32 = ready("cpu", in_fp32(options()), network);
    for (Backend* const each : {bf16.get(), fp32.get()}) evolve(*each, 2, rule.name);
    EXPECT_EQ(bf16->snapshot(), fp32->snapshot()) << rule.name;
    EXPECT_NE(bf16->snapshot(), network);
  }
}

TEST_P(CpuBfloat16, AnyNumberOfThreadsGivesTheSameBits) {
  for (const std::uint32_t batch : kBatches) {
    for (const bool keeps_gradients : {false, true}) {
      BackendOptions given = options(batch);
      given.optimiser.kind = keeps_gradients ? OptimiserKind::kAdam : OptimiserKind::kSgd;
      given.clip_norm = keeps_gradients ? 0.2 : 0;
      const NetworkState network =
          network_with(keeps_gradients ? ActivationKind::kSRelu : ActivationKind::kLeakyRelu,
                       slot_count(given.optimiser.kind));
      std::vector<NetworkState> ends;
      std::vector<double> losses;
      for (const unsigned threads : {1U, 2U, 3U}) {
        given.threads = threads;
        // More threads than the machine has processors, as make_backend() would not start.
        const auto backend = make_cpu_backend(given);
        backend->attach(std::make_shared<const Dataset>(data_for(batch)));
        backend->load(network);
        ends.push_back(trained(*backend));
        backend->differentiate({0, 1, kEpochSteps});
        EvolutionPlan plan = scored_evolution_of(*backend, CandidateLaw::kGraBo, 1.5, 300'000, 0);
        backend->evolve(plan);
        ends.push_back(backend->snapshot());
        losses.push_back(backend->evaluate(Split::kTest).loss);
      }
      EXPECT_TRUE(std::isfinite(losses[0]));
      EXPECT_NE(ends[0], network);
      for (std::size_t t = 1; t < losses.size(); ++t) {
        EXPECT_EQ(ends[2 * t], ends[0]) << batch << ", " << t + 1 << " threads";
        EXPECT_EQ(ends[2 * t + 1], ends[1]) << batch << ", " << t + 1 << " threads";
        EXPECT_EQ(losses[t], losses[0]) << batch << ", " << t + 1 << " threads";
      }
    }
  }
}

// As a run is that was stopped between two steps: on from its checkpoint.
TEST_P(CpuBfloat16, APieceOfAnEpochAndALoadedSnapshotGoOnToTheSameBits) {
  for (const OptimiserKind optimiser : kAllOptimisers) {
    BackendOptions given = options();
    given.optimiser.kind = optimiser;
    const NetworkState network = network_with(ActivationKind::kSRelu, slot_count(optimiser));
    const NetworkState whole = trained(*ready("cpu", given, network));
    auto backend = ready("cpu", given, network);
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
      train_epoch(*backend, epoch, 0, 1);
      const NetworkState kept = backend->snapshot();
      backend = ready("cpu", given, kept);
      EXPECT_EQ(backend->snapshot(), kept);
      backend->differentiate({std::uint64_t{epoch} * kEpochSteps, 1, kEpochSteps});
      backend->evaluate(Split::kValidation);
      EXPECT_EQ(backend->snapshot(), kept) << "neither changes anything";
      train_epoch(*backend, epoch, 1, kEpochSteps - 1);
      evolve(*backend, epoch);
    }
    EXPECT_EQ(backend->snapshot(), whole) << name_of(optimiser);
  }
}

TEST_P(CpuBfloat16, HoldsANetworkToTheBit) {
  NetworkState network = network_with(ActivationKind::kSRelu, 2);
  double next = 0;
  for (LayerState& layer : network.layers) {
    for (Parameter* const parameter : parameters_of(layer)) {
      for (std::vector<double>& slot : parameter->slots) {
        for (double& value : slot) value = next += 0x1.002p-3;  // no bf16
      }
    }
    layer.weights.values[0] = -0.0;
    layer.weights.values[1] = 0x1p-140F;
  }
  BackendOptions given = options();
  given.optimiser.kind = OptimiserKind::kAdam;
  const auto backend = ready("cpu", given, network);
  EXPECT_EQ(backend->snapshot(), network);
  EXPECT_TRUE(std::signbit(backend->snapshot().layers[1].weights.values[0]));
  EXPECT_EQ(backend->capabilities().activations, ActivationStorage::kBFloat16);
}

TEST_P(CpuBfloat16, SparseRowsGiveTheBitsOfTheFloatsThatTheyAre) {
  for (const bool augments : {false, true}) {
    BackendOptions given = options();
    given.augmentation.enabled = augments;
    const NetworkState network = network_with(ActivationKind::kLeakyRelu);
    std::vector<NetworkState> ends;
    for (const FeatureKind kind : {FeatureKind::kFloats, FeatureKind::kSparse}) {
      const Dataset data = with_odd_features(data_for(33), kind);
      ends.push_back(trained(*ready("cpu", given, network, data)));
      EXPECT_NO_THROW(run_whole(*ready("check:cpu,reference", given, network, data)))
          << name_of_kind(kind) << (augments ? ", augmented" : "");
    }
    EXPECT_EQ(ends[1], ends[0]) << augments;
  }
}

// A NaN is none that rounding turns into a number, whichever half it is in.
TEST_P(CpuBfloat16, WhatIsNoNumberShowsInTheLoss) {
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN()}) {
    NetworkState network = network_with(ActivationKind::kLeakyRelu);
    network.layers[0].weights.values[4] = value;
    const auto backend = ready("cpu", options(32), network);
    EXPECT_TRUE(std::isnan(backend->evaluate(Split::kTest).loss));
    EXPECT_TRUE(std::isnan(train_epoch(*backend, 0, 0, 1)[0].loss));
    EXPECT_GT(backend->count_weights()[0].non_finite, 0U);
  }
}

TEST_P(CpuBfloat16, ADenseHiddenLayerIsRefusedAndChangesNothing) {
  const NetworkState network = network_with(ActivationKind::kLeakyRelu);
  NetworkState dense = network;
  dense.layers[1] = tiny_network(2, kNeurons, 1, LayerKind::kDense).layers[1];
  const auto backend = ready("cpu", options(), network);
  try {
    backend->load(dense);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "layer 1 is dense, and the cpu device stores the activations of dense hidden layers "
              "in fp32 only; leave --activation-dtype bf16 out, or use --device cuda");
  }
  EXPECT_EQ(backend->snapshot(), network);
  EXPECT_NO_THROW(ready("cpu", in_fp32(options()), network)->load(network));
}

INSTANTIATE_TEST_SUITE_P(Sets, CpuBfloat16, testing::ValuesIn(available_simd_sets()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace regrow::tests

// Values at which signs, flushing and rounding could decide, in every instruction set and where the
// back end meets them: inside the pool, which flushes denormals.
#include "support/edge_values.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/evolve.h"
#include "cpu/output.h"
#include "cpu/simd_sets.h"
#include "cpu/sparse_layer.h"
#include "reference/forward.h"
#include "reference/reference_backend.h"
#include "regrow/philox.h"
#include "regrow/step/dropout.h"
#include "support/tiny_data.h"

namespace regrow::cpu {
namespace {

constexpr std::uint32_t kMinusZero = 0x80000000U;
constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint32_t kWide = 48;  // a batch of whole vectors, in more than one tile step

Activation dropping(float slope) {
  Activation activation;
  activation.slope = slope;
  activation.drops = true;
  activation.threshold = step::dropout_threshold(0.3);
  activation.scale = static_cast<float>(1 / (1 - 0.3));
  activation.keys = PhiloxKeys(11);
  activation.layer = 2;
  activation.step = 7;
  return activation;
}

AlignedArray<float> array_of(const std::vector<float>& values) {
  AlignedArray<float> array(values.size());
  std::copy(values.begin(), values.end(), array.data());
  return array;
}

/// One row a bias and no connection: the pre-activations are the biases.
LayerState layer_of_biases(const std::vector<float>& biases) {
  LayerState state;
  state.inputs = 1;
  state.outputs = static_cast<std::uint32_t>(biases.size());
  state.kind = LayerKind::kSparse;
  state.weights.slots.resize(1);
  state.biases = Parameter({biases.begin(), biases.end()}, 1);
  return state;
}

class CpuEdgeValues : public testing::TestWithParam<std::string> {
 protected:
  const Kernels& kernels() const { return select_kernels(GetParam()); }

  /// The activations of `biases`, once by a sparse layer and once by what follows a BLAS.
  std::vector<std::vector<float>> activated(const std::vector<float>& biases,
                                            const Activation& activation) {
    const std::size_t rows = biases.size();
    SparseLayer layer(layer_of_biases(biases), kernels(), 1, UpdateMode::kFused);
    const AlignedArray<float> x(kWide), bias = array_of(biases);
    AlignedArray<float> sparse(rows * kWide), dense(rows * kWide);
    ThreadPool pool(1);
    pool.run(1, [&](Member& member) {
      layer.forward({x.data(), sparse.data(), nullptr, nullptr, kWide}, activation, member);
      float* const products =
          activation.pre_activations != nullptr ? activation.pre_activations : dense.data();
      std::fill_n(products, rows * kWide, -0.0F);
      kernels().activate(products, bias.data(), dense.data(), kWide, activation, 0, rows);
    });
    return {{sparse.data(), sparse.data() + sparse.size()},
            {dense.data(), dense.data() + dense.size()}};
  }
};

TEST_P(CpuEdgeValues, OnlyDroppedActivationsAreMinusZero) {
  const std::vector<float> biases = tests::pre_activations_of_zero();
  const auto rows = static_cast<std::uint32_t>(biases.size());
  const std::vector<double> factors = reference::dropout_factors(0.3, 11, 2, 7, rows, kWide);
  for (const float slope : {0.3F, 0.0F}) {
    for (const std::vector<float>& result : activated(biases, dropping(slope))) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(result[i]), factors[i] == 0 ? kMinusZero : 0U) << i;
      }
    }
  }
}

// All that the derivative tells apart: a kept zero is not positive, and not dropped.
TEST_P(CpuEdgeValues, TheGradientOfAKeptZeroIsNotDropped) {
  constexpr std::uint32_t kRows = 3;
  const std::vector<float> pattern = {0.0F, -0.0F, 2.0F, -2.0F, 1e-30F, -1e-30F, 0.0F};
  std::vector<float> activations;
  for (std::size_t i = 0; i < kRows * kWide; ++i) activations.push_back(pattern[i % 7]);
  const AlignedArray<float> x = array_of(activations);
  // One connection of weight 3 from each input to one output of gradient 1.
  LayerState state = layer_of_biases({0});
  state.inputs = kRows;
  state.cells = {0, 1, 2};
  state.weights = Parameter(std::vector<double>(kRows, 3.0), 1);
  const AlignedArray<float> dy = array_of(std::vector<float>(kWide, 1.0F));
  for (const bool drops : {false, true}) {
    Activation activation = dropping(0.25F);
    activation.drops = drops;
    const Sgd sgd;
    AlignedArray<float> sparse(kRows * kWide);
    AlignedArray<float> dense = array_of(std::vector<float>(kRows * kWide, 3.0F));
    SparseLayer layer(state, kernels(), 1, UpdateMode::kFused);
    ThreadPool pool(1);
    pool.run(1, [&](Member& member) {
      layer.backward({x.data(), nullptr, dy.data(), sparse.data(), kWide}, activation, &sgd,
                     member);
      kernels().multiply_derivative(dense.data(), x.data(), kWide, activation, 0, kRows);
    });
    for (std::size_t i = 0; i < activations.size(); ++i) {
      const bool dropped = drops && std::bit_cast<std::uint32_t>(x[i]) == kMinusZero;
      const float scale = drops ? activation.scale : 1.0F;
      const float factor = dropped ? 0.0F : scale * (x[i] > 0 ? 1.0F : 0.25F);
      ASSERT_FLOAT_EQ(sparse[i], 3 * factor) << "drops " << drops << ", activation " << x[i];
      ASSERT_FLOAT_EQ(dense[i], 3 * factor) << "drops " << drops << ", activation " << x[i];
    }
  }
}

/// What a row of an activation that needs its pre-activations has beside them.
struct FormulaCase {
  Activation activation;
  AlignedArray<float> pre_activations;
  std::vector<std::vector<float>> parameters, gradients;
};

FormulaCase formula_case(step::ActivationForm form, std::size_t rows) {
  FormulaCase result = {dropping(-0.3F), AlignedArray<float>(rows * kWide), {}, {}};
  result.activation.form = form;
  result.activation.pre_activations = result.pre_activations.data();
  result.parameters.assign(kSReluParameters, std::vector<float>(rows, 0.5F));
  result.gradients.assign(kSReluParameters, std::vector<float>(rows, kNotANumber));
  for (std::size_t p = 0; p < kSReluParameters; ++p) {
    result.activation.parameters[p] = result.parameters[p].data();
    result.activation.parameter_gradients[p] = result.gradients[p].data();
  }
  return result;
}

constexpr step::ActivationForm kForms[] = {
    step::ActivationForm::kSloped, step::ActivationForm::kSRelu, step::ActivationForm::kGelu};

TEST_P(CpuEdgeValues, OfEveryFormulaOnlyDroppedActivationsAreMinusZero) {
  const std::vector<float> biases = tests::pre_activations_of_zero();
  const auto rows = static_cast<std::uint32_t>(biases.size());
  const std::vector<double> factors = reference::dropout_factors(0.3, 11, 2, 7, rows, kWide);
  for (const step::ActivationForm form : kForms) {
    const FormulaCase given = formula_case(form, rows);
    for (const std::vector<float>& result : activated(biases, given.activation)) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(result[i]) == kMinusZero, factors[i] == 0) << i;
      }
    }
  }
}

// What lies beyond the samples: a gradient of 0, and any finite pre-activation.
TEST_P(CpuEdgeValues, PaddingAddsNothingToWhatAnActivationLearns) {
  constexpr std::size_t kRows = 2, kSamples = 17;
  for (const step::ActivationForm form : kForms) {
    std::vector<std::vector<float>> results;
    for (const float padding : {0.0F, 1e6F, -1e6F}) {
      FormulaCase given = formula_case(form, kRows);
      AlignedArray<float> gradient(kRows * kWide), activations(kRows * kWide);
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        const bool is_sample = i % kWide < kSamples;
        given.pre_activations[i] = is_sample ? static_cast<float>(i % 7) - 3 : padding;
        activations[i] = given.pre_activations[i];
        gradient[i] = is_sample ? 1.0F : 0.0F;
      }
      kernels().multiply_derivative(gradient.data(), activations.data(), kWide, given.activation, 0,
                                    kRows);
      std::vector<float>& result = results.emplace_back(gradient.data(), gradient.data() + kWide);
      if (form == step::ActivationForm::kSRelu) {
        for (const auto& sums : given.gradients)
          result.insert(result.end(), sums.begin(), sums.end());
      }
      for (std::size_t b = kSamples; b < kWide; ++b) ASSERT_EQ(result[b], 0) << b;
    }
    EXPECT_EQ(results[1], results[0]);
    EXPECT_EQ(results[2], results[0]);
  }
}

// A run that diverges must show it: no maximum, no dropout's mask makes a number of it.
TEST_P(CpuEdgeValues, WhatIsNotANumberStaysSo) {
  const std::vector<double> factors = reference::dropout_factors(0.3, 11, 2, 7, 1, kWide);
  for (const bool drops : {false, true}) {
    Activation activation = dropping(0.3F);
    activation.drops = drops;
    for (const std::vector<float>& result : activated({kNotANumber}, activation)) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        ASSERT_EQ(std::isnan(result[i]), !drops || factors[i] != 0) << i;
      }
    }
    for (const step::ActivationForm form : kForms) {
      FormulaCase given = formula_case(form, 1);
      given.activation.drops = drops;
      for (const std::vector<float>& result : activated({kNotANumber}, given.activation)) {
        for (std::size_t i = 0; i < result.size(); ++i) {
          ASSERT_EQ(std::isnan(result[i]), !drops || factors[i] != 0) << i;
        }
      }
    }
  }
}

TEST_P(CpuEdgeValues, ExtremeLogitsHaveFiniteAndExactLosses) {
  const auto samples = tests::extreme_logits();
  // Sample s is the unit vector s, and input s has its logits as weights.
  constexpr std::uint32_t kLd = kBatchPadding;
  LayerState state;
  state.inputs = static_cast<std::uint32_t>(samples.size());
  state.outputs = 2;
  state.weights = Parameter(std::vector<double>(state.cell_count()), 1);
  state.biases = Parameter(std::vector<double>(2), 1);
  AlignedArray<float> x(samples.size() * kLd);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    x[s * kLd + s] = 1;
    for (std::size_t c = 0; c < 2; ++c) {
      state.weights.values[c * samples.size() + s] = samples[s].logits[c];
    }
  }
  for (std::size_t s = 0; s < samples.size(); ++s) {
    OutputLayer layer(state, kernels(), kLd, RowFormat::kFloats, UpdateMode::kFused);
    std::vector<std::uint16_t> labels;
    for (const tests::LogitCase& sample : samples) labels.push_back(sample.label);
    Member alone;
    layer.multiply(x.data(), alone);
    layer.lose(Loss({}, {}), {labels, {}}, true, alone);
    // Of this sample alone: sums() is of all samples up to one.
    const double loss = layer.sums(s + 1).loss - (s == 0 ? 0 : layer.sums(s).loss);
    EXPECT_NEAR(loss, samples[s].loss, loss_tolerance(samples[s]) + 1e-12) << s;
  }
}

TEST_P(CpuEdgeValues, ALogitThatIsNoNumberShowsInTheLoss) {
  for (const std::uint32_t place : {0U, 1U, 2U}) {
    LayerState state;
    state.inputs = 1;
    state.outputs = 3;
    state.weights = Parameter(std::vector<double>(3), 1);
    state.biases = Parameter({0, 1, 2}, 1);
    state.biases.values[place] = kNotANumber;
    OutputLayer layer(state, kernels(), kBatchPadding, RowFormat::kFloats, UpdateMode::kFused);
    const std::vector<std::uint16_t> label = {1};
    const AlignedArray<float> x(kBatchPadding);
    Member alone;
    layer.multiply(x.data(), alone);
    layer.lose(Loss({}, {}), {label, {}}, true, alone);
    EXPECT_TRUE(std::isnan(layer.sums(1).loss)) << place;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, CpuEdgeValues, testing::ValuesIn(tests::available_simd_sets()),
                         [](const auto& test) { return test.param; });

BackendOptions options_without_dropout() {
  BackendOptions options;
  options.batch_size = 5;
  options.dropout = 0;
  options.threads = 2;
  options.all_threads = true;
  return options;
}

TEST(CpuSigns, AreCountedByBitsWhereDenormalsAreFlushed) {
  const std::vector<float> weights = tests::weights_of_every_sign();
  WeightCounts counts;
  ThreadPool pool(1);
  pool.run([&](unsigned) {
    Alone alone;
    counts = count_signs(weights, alone);
  });
  EXPECT_EQ(counts, (WeightCounts{.negatives = 3, .positives = 4, .zeros = 2, .non_finite = 4}));
}

// The drop of a large layer runs in the pool, where −1e-40 < 0 is false and 1e-40 == 0 true.
TEST(CpuSigns, DenormalsAreDroppedByTheirSignAndNotAsZeros) {
  NetworkState network = tests::tiny_network(3, {9, 1, 2}, 1);
  const double tiny = std::numeric_limits<float>::denorm_min();
  network.layers[0].weights.values = {-0.0, tiny, 0, -tiny, -1e-40F, 1e-40F, -1, 1, 1e-39F};
  tests::TinyDataSettings data;
  data.shape = {1, 1, 9};
  data.classes = 2;
  const auto dataset = tests::shared_tiny_dataset(data);
  for (const LayerDrop& plan : {LayerDrop{}, LayerDrop{1, 1, 3}, LayerDrop{2, 3, 6}}) {
    for (const DropGroups groups : {DropGroups::kBySign, DropGroups::kTogether}) {
      const auto cpu = make_cpu_backend(options_without_dropout());
      const auto reference = make_reference_backend(options_without_dropout());
      EvolutionPlan evolution;
      evolution.groups = groups;
      evolution.layers = {{plan, {}, 0}, {}};
      std::vector<std::vector<EvolutionReport>> reports;
      for (Backend* const backend : {cpu.get(), reference.get()}) {
        backend->attach(dataset);
        backend->load(network);
        reports.push_back(backend->evolve(evolution));
      }
      EXPECT_EQ(reports[0], reports[1]);
      EXPECT_EQ(cpu->snapshot().layers[0].cells, reference->snapshot().layers[0].cells);
      EXPECT_EQ(cpu->snapshot().layers[0].weights, reference->snapshot().layers[0].weights);
      // This one is so small that it is left to one thread outside: once more in the pool.
      SparseLayer layer(network.layers[0], select_kernels("auto"), 2, UpdateMode::kFused);
      ThreadPool pool(2);
      EXPECT_EQ(evolve_layer(evolution, 0, layer, nullptr, pool, pool), reports[1][0]);
      LayerState state = network.layers[0];
      layer.save(state);
      EXPECT_EQ(state.weights, reference->snapshot().layers[0].weights);
    }
  }
}

// A weight that is no number is counted as such, and every loss and evaluation shows it.
TEST(CpuSigns, AWeightThatIsNoNumberIsSeenEverywhere) {
  NetworkState network = tests::tiny_network(3, {48, 12, 3}, 0.5);
  const auto backend = make_cpu_backend(options_without_dropout());
  backend->attach(tests::shared_tiny_dataset());
  backend->load(network);
  EXPECT_EQ(backend->count_weights()[0].non_finite, 0U);
  network.layers[0].weights.values[4] = kNotANumber;
  network.layers[0].weights.slots[0][3] = std::numeric_limits<double>::infinity();
  network.layers[1].biases.slots[0][2] = kNotANumber;
  backend->load(network);
  EXPECT_EQ(backend->count_weights()[0].non_finite, 2U);
  EXPECT_EQ(backend->count_weights()[1].non_finite, 1U);
  EXPECT_TRUE(std::isnan(backend->evaluate(Split::kTest).loss));
  EXPECT_TRUE(std::isnan(backend->train({0, 1, 6}, std::vector<float>{0.1F})[0].loss));
}

}  // namespace
}  // namespace regrow::cpu

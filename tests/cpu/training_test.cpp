// Every activation, optimiser and loss of the CPU back end against training steps in plain doubles,
// on awkward shapes.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "backend_interface/class_weights.h"
#include "cpu/cpu_backend.h"
#include "cpu/plain_step.h"
#include "cpu/simd_sets.h"
#include "cpu/step_buffers.h"
#include "regrow/sample_order.h"
#include "support/feature_kinds.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

struct Shape {
  const char* name;
  std::vector<std::uint32_t> hidden;
  std::uint32_t batch;
  double density;
  LayerKind kind = LayerKind::kSparse;
};

const Shape kShapes[] = {
    {"ordinary", {20, 12, 20}, 17, 0.4},
    {"one_sample", {20, 12}, 1, 0.4},
    {"batch_130", {12, 20}, 130, 0.4},  // more than one tile
    {"one_neuron", {1, 1}, 17, 1},
    {"no_connections", {9, 7}, 17, 0},
    {"dense", {20, 130}, 17, 1, LayerKind::kDense},
};

constexpr ActivationKind kActivations[] = {ActivationKind::kLeakyRelu, ActivationKind::kRelu,
                                           ActivationKind::kAllRelu, ActivationKind::kSRelu,
                                           ActivationKind::kGelu};
constexpr OptimiserKind kOptimisers[] = {OptimiserKind::kSgd, OptimiserKind::kNesterov,
                                         OptimiserKind::kAdam, OptimiserKind::kAdamW};
constexpr std::uint32_t kClasses = 3, kSteps = 3;
constexpr std::uint64_t kFirstStep = 6;

double uniform(std::uint32_t stream, std::uint64_t index) {
  return double{uniform_from_bits(random_block(3, Purpose::kSynthetic, stream, 0, index)[0])};
}

std::shared_ptr<Dataset> dataset_for(const Shape& shape) {
  tests::TinyDataSettings data;
  data.train_samples = kSteps * shape.batch + 9;
  return std::make_shared<Dataset>(tests::tiny_dataset(data));
}

/// Slots are not 0, as if training were under way.
NetworkState network_for(const Shape& shape, const Dataset& dataset, ActivationKind activation,
                         OptimiserKind optimiser) {
  std::vector<std::uint32_t> sizes = {dataset.shape.features()};
  sizes.insert(sizes.end(), shape.hidden.begin(), shape.hidden.end());
  sizes.push_back(dataset.classes());
  const std::size_t slots = slot_count(optimiser);
  NetworkState network = tests::tiny_network(3, sizes, shape.density, shape.kind, slots);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    layer.activation = activation;
    const bool is_output = l + 1 == network.layers.size();
    const std::size_t learned = is_output ? 0 : parameter_names(activation).size();
    layer.activation_parameters.assign(learned,
                                       Parameter(std::vector<double>(layer.outputs), slots));
    // Thresholds on both sides of most pre-activations, slopes around 1.
    for (std::size_t p = 0; p < learned; ++p) {
      const double from = std::vector{-0.6, 0.0, -0.9, 0.5}[p];
      const double width = std::vector{0.7, 0.8, 1.8, 1.0}[p];
      for (std::size_t i = 0; i < layer.outputs; ++i) {
        layer.activation_parameters[p].values[i] =
            static_cast<float>(from + width * uniform(static_cast<std::uint32_t>(p), i));
      }
    }
    for (Parameter* parameter : parameters_of(layer)) {
      for (std::size_t i = 0; i < parameter->size(); ++i) {
        parameter->slots[0][i] = static_cast<float>(0.02 * uniform(10, i) - 0.01);
        if (slots == 2) parameter->slots[1][i] = static_cast<float>(0.0001 * uniform(11, i));
      }
    }
  }
  return network;
}

BackendOptions options_for(const Shape& shape, const std::string& simd) {
  BackendOptions options;
  options.seed = 42;
  options.batch_size = shape.batch;
  options.threads = 2;
  options.all_threads = true;
  options.simd = simd;
  options.augmentation.enabled = false;
  options.optimiser.weight_decay = 0.01;
  // A gradient that is 0 but for rounding must not decide a whole step.
  options.optimiser.epsilon = 1e-3;
  return options;
}

std::unique_ptr<Backend> backend_of(const BackendOptions& options,
                                    const std::shared_ptr<const Dataset>& dataset,
                                    const NetworkState& network) {
  auto backend = make_cpu_backend(options);
  backend->attach(dataset);
  backend->load(network);
  return backend;
}

void expect_near(const NetworkState& a, const NetworkState& b, double tolerance) {
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    const auto ours = parameters_of(a.layers[l]), theirs = parameters_of(b.layers[l]);
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t p = 0; p < ours.size(); ++p) {
      SCOPED_TRACE("layer " + std::to_string(l) + ", parameter " + std::to_string(p));
      ASSERT_EQ(ours[p]->slots.size(), theirs[p]->slots.size());
      for (std::size_t i = 0; i < ours[p]->size(); ++i) {
        ASSERT_NEAR(ours[p]->values[i], theirs[p]->values[i], tolerance) << i;
        for (std::size_t s = 0; s < ours[p]->slots.size(); ++s) {
          ASSERT_NEAR(ours[p]->slots[s][i], theirs[p]->slots[s][i], tolerance)
              << "slot " << s << " of " << i;
        }
      }
    }
  }
}

// float32 against float64 over three steps of values around 1: a few units of 2⁻²⁴ each; adam's
// quotient by √s, 0.003 and more here, makes tens of them of a gradient's.
constexpr double kTolerance = 1e-5;

void expect_as_in_plain_doubles(const Shape& shape, const BackendOptions& options,
                                ActivationKind activation,
                                const std::shared_ptr<const Dataset>& dataset) {
  NetworkState expected = network_for(shape, *dataset, activation, options.optimiser.kind);
  const auto backend = backend_of(options, dataset, expected);
  EXPECT_EQ(backend->snapshot(), expected) << "load and snapshot keep every bit";
  const NetworkState before = expected;

  const std::vector<float> rates = {0.05F, 0.04F, 0.03F};
  const std::vector<LossSums> ours = backend->train({kFirstStep, kSteps, kSteps}, rates);
  tests::Numbers weights;
  for (const float weight : class_weights(options.loss.class_weights, *dataset)) {
    weights.push_back(double{weight});
  }
  tests::PlainTrainer plain(*dataset, options, weights);
  const auto order = sample_order(options.seed, static_cast<std::uint32_t>(kFirstStep / kSteps),
                                  static_cast<std::uint32_t>(dataset->train_ids.size()));
  for (std::uint32_t i = 0; i < kSteps; ++i) {
    std::vector<std::uint32_t> ids;
    for (std::uint32_t b = 0; b < shape.batch; ++b) {
      ids.push_back(dataset->train_ids[order[i * shape.batch + b]]);
    }
    const std::uint64_t t = options.optimiser.restarts_each_epoch ? i + 1 : kFirstStep + i + 1;
    const double loss = plain.train(expected, ids, {kFirstStep + i, t, double{rates[i]}});
    EXPECT_NEAR(ours[i].loss / shape.batch, loss, kTolerance) << "step " << i;
  }
  expect_near(backend->snapshot(), expected, kTolerance);
  EXPECT_NE(before.layers.back().weights.values, expected.layers.back().weights.values);
}

class CpuTraining : public testing::TestWithParam<std::tuple<std::string, Shape>> {
 protected:
  const std::string& simd() const { return std::get<0>(GetParam()); }
  const Shape& shape() const { return std::get<1>(GetParam()); }
  void SetUp() override {
    static const std::string first = simd();  // ctest gives each test a process of its own
    if (shape().kind == LayerKind::kDense && simd() != first) {
      GTEST_SKIP() << "OpenBLAS has one instruction set a process";
    }
  }
};

TEST_P(CpuTraining, EveryActivationByEveryOptimiserIsAsInPlainDoubles) {
  const auto dataset = dataset_for(shape());
  for (const ActivationKind activation : kActivations) {
    for (const OptimiserKind optimiser : kOptimisers) {
      for (const double dropout : {0.0, 0.3}) {
        SCOPED_TRACE("activation " + std::to_string(static_cast<int>(activation)) + ", optimiser " +
                     std::to_string(static_cast<int>(optimiser)) + ", dropout " +
                     std::to_string(dropout));
        BackendOptions options = options_for(shape(), simd());
        options.optimiser.kind = optimiser;
        options.optimiser.restarts_each_epoch = dropout > 0;
        options.dropout = dropout;
        expect_as_in_plain_doubles(shape(), options, activation, dataset);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(CpuTraining, GradientsAreClippedByTheirNormTogether) {
  const auto dataset = dataset_for(shape());
  for (const OptimiserKind optimiser : {OptimiserKind::kSgd, OptimiserKind::kAdam}) {
    for (const double clip_norm : {0.01, 1e6}) {
      SCOPED_TRACE(clip_norm);
      BackendOptions options = options_for(shape(), simd());
      options.optimiser.kind = optimiser;
      options.clip_norm = clip_norm;
      expect_as_in_plain_doubles(shape(), options, ActivationKind::kSRelu, dataset);
    }
  }
}

// A norm that nothing exceeds: all gradients are kept, and none is changed.
TEST_P(CpuTraining, SgdOfKeptGradientsIsTheFusedOne) {
  const auto dataset = dataset_for(shape());
  for (const ActivationKind activation : {ActivationKind::kLeakyRelu, ActivationKind::kSRelu}) {
    BackendOptions options = options_for(shape(), simd());
    std::vector<NetworkState> trained;
    for (const double clip_norm : {0.0, 1e30}) {
      options.clip_norm = clip_norm;
      const NetworkState network = network_for(shape(), *dataset, activation, OptimiserKind::kSgd);
      const auto backend = backend_of(options, dataset, network);
      backend->train({kFirstStep, kSteps, kSteps}, std::vector<float>(kSteps, 0.05F));
      trained.push_back(backend->snapshot());
    }
    // The same sums; the update rounds a value twice more, and later steps see it.
    expect_near(trained[0], trained[1], 1e-6);
  }
}

TEST_P(CpuTraining, EveryLossIsAsInPlainDoubles) {
  const auto dataset = dataset_for(shape());
  const auto with_targets = dataset_for(shape());
  for (std::size_t i = 0; i < with_targets->train.size() * kClasses; ++i) {
    with_targets->train.targets.push_back(static_cast<float>(2 * uniform(20, i) - 1));
  }
  const auto check = [&](const LossSettings& loss, const std::shared_ptr<const Dataset>& data) {
    BackendOptions options = options_for(shape(), simd());
    options.loss = loss;
    expect_as_in_plain_doubles(shape(), options, ActivationKind::kLeakyRelu, data);
  };
  check({LossKind::kCrossEntropy, 0.1, {}}, dataset);
  check({LossKind::kCrossEntropy, 0, {false, {0.5, 2, 1}}}, dataset);
  check({LossKind::kCrossEntropy, 0.2, {true, {}}}, dataset);
  check({LossKind::kMse, 0, {}}, dataset);
  check({LossKind::kMse, 0, {}}, with_targets);
}

TEST_P(CpuTraining, FloatsAndSparseRowsAreAsInPlainDoubles) {
  const auto bytes = dataset_for(shape());
  for (const FeatureKind kind : {FeatureKind::kFloats, FeatureKind::kSparse}) {
    const auto odd = std::make_shared<Dataset>(tests::with_odd_features(*bytes, kind));
    expect_as_in_plain_doubles(shape(), options_for(shape(), simd()), ActivationKind::kLeakyRelu,
                               odd);
  }
}

// Floats lose the mean before they are multiplied, bytes do not need to: the inputs are the same
// but for rounding, and so is what they train. Floats and sparse rows train the same bits.
TEST_P(CpuTraining, BytesAsFloatsTrainTheSameButForRounding) {
  const auto bytes = dataset_for(shape());
  const NetworkState network =
      network_for(shape(), *bytes, ActivationKind::kLeakyRelu, OptimiserKind::kSgd);
  std::vector<NetworkState> trained;
  for (const FeatureKind kind : tests::kAllKinds) {
    const auto dataset = std::make_shared<Dataset>(*bytes);
    tests::change_kind(dataset->train, kind);
    tests::change_kind(dataset->test, kind);
    const auto backend = backend_of(options_for(shape(), simd()), dataset, network);
    backend->train({kFirstStep, kSteps, kSteps}, std::vector<float>(kSteps, 0.05F));
    trained.push_back(backend->snapshot());
  }
  expect_near(trained[0], trained[1], kTolerance);
  EXPECT_EQ(trained[1], trained[2]);
}

INSTANTIATE_TEST_SUITE_P(Shapes, CpuTraining,
                         testing::Combine(testing::ValuesIn(tests::available_simd_sets()),
                                          testing::ValuesIn(kShapes)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param).name;
                         });

TEST(CpuLoss, EvaluationKnowsNeitherSmoothingNorClassWeights) {
  const auto dataset = dataset_for(kShapes[0]);
  const NetworkState network =
      network_for(kShapes[0], *dataset, ActivationKind::kRelu, OptimiserKind::kSgd);
  BackendOptions options = options_for(kShapes[0], "auto");
  const LossSums plain = backend_of(options, dataset, network)->evaluate(Split::kTest);
  options.loss = {LossKind::kCrossEntropy, 0.3, {false, {3, 2, 5}}};
  const LossSums evaluated = backend_of(options, dataset, network)->evaluate(Split::kTest);
  EXPECT_EQ(evaluated.loss, plain.loss);
  EXPECT_EQ(evaluated.hits, plain.hits);
}

TEST(CpuLoss, TargetsHaveNoHits) {
  const auto dataset = dataset_for(kShapes[0]);
  for (LabelledSamples* images : {&dataset->train, &dataset->test}) {
    images->targets.assign(images->size() * kClasses, 0.25F);
    images->labels.assign(images->size(), 0);
  }
  const NetworkState network =
      network_for(kShapes[0], *dataset, ActivationKind::kRelu, OptimiserKind::kSgd);
  BackendOptions options = options_for(kShapes[0], "auto");
  options.loss.kind = LossKind::kMse;
  const auto backend = backend_of(options, dataset, network);
  std::vector<float> logits(dataset->test.size() * kClasses);
  const LossSums sums = backend->evaluate(Split::kTest, logits);
  double expected = 0;
  for (const float logit : logits) expected += std::pow(double{logit} - 0.25, 2) / kClasses;
  EXPECT_NEAR(sums.loss, expected, 1e-9);  // both in double, summed in another order
  EXPECT_EQ(sums.hits, 0U);
  EXPECT_EQ(backend->train({0, 1, 3}, std::vector<float>{0.1F})[0].hits, 0U);
}

// Devices that share a batch read both between backward and update.
TEST(CpuStepBuffers, KeepInputsAndGradientsApartWhereGradientsAreKept) {
  const auto dataset = dataset_for(kShapes[0]);
  BackendOptions options = options_for(kShapes[0], "auto");
  for (const bool clips : {false, true}) {
    options.clip_norm = clips ? 1 : 0;
    for (const ActivationKind activation : {ActivationKind::kRelu, ActivationKind::kGelu}) {
      const auto layers =
          plan_of(network_for(kShapes[0], *dataset, activation, OptimiserKind::kSgd));
      cpu::StepBuffers buffers(layers, options, 32);
      for (std::size_t l = 1; l < layers.size(); ++l) {
        EXPECT_EQ(buffers.gradient(l, false) != buffers.inputs(l),
                  clips || activation == ActivationKind::kGelu)
            << l;
      }
    }
  }
}

TEST(CpuSlots, AreResetAndCounted) {
  const auto dataset = dataset_for(kShapes[0]);
  NetworkState network =
      network_for(kShapes[0], *dataset, ActivationKind::kSRelu, OptimiserKind::kAdam);
  BackendOptions options = options_for(kShapes[0], "auto");
  options.optimiser.kind = OptimiserKind::kAdam;
  const double infinity = std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < parameters_of(network.layers[0]).size(); ++p) {
    Parameter& parameter = *parameters_of(network.layers[0])[p];
    const double kept = parameter.values[2];
    if (p > 0) parameter.values[2] = -infinity;  // weights are of MeasureRequest's tests
    parameter.slots[0][0] = infinity;
    parameter.slots[1][1] = std::numeric_limits<double>::quiet_NaN();
    const auto backend = backend_of(options, dataset, network);
    EXPECT_EQ(backend->count_weights()[0].non_finite, p > 0 ? 3U : 2U) << p;
    EXPECT_EQ(backend->count_weights()[1].non_finite, 0U) << p;
    backend->reset_slots();
    EXPECT_EQ(backend->count_weights()[0].non_finite, p > 0 ? 1U : 0U) << p;
    for (const LayerState& layer : backend->snapshot().layers) {
      for (const Parameter* reset : parameters_of(layer)) {
        for (const auto& slot : reset->slots) EXPECT_EQ(slot, tests::Numbers(slot.size()));
      }
    }
    parameter.values[2] = kept;
    parameter.slots[0][0] = parameter.slots[1][1] = 0;
  }
}

TEST(CpuSlots, OfAnotherOptimiserAreRefused) {
  const auto dataset = dataset_for(kShapes[0]);
  const NetworkState network =
      network_for(kShapes[0], *dataset, ActivationKind::kRelu, OptimiserKind::kAdam);
  EXPECT_THROW(backend_of(options_for(kShapes[0], "auto"), dataset, network), std::logic_error);
}

}  // namespace
}  // namespace regrow

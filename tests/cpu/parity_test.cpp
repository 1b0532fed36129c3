// Whole training steps and evaluations of the CPU back end against the float64 reference: images,
// augmentation, dropout, every layer, the loss and the update.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/simd_sets.h"
#include "reference/reference_backend.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

struct Case {
  const char* name;
  ImageShape shape;
  std::vector<std::uint32_t> hidden;
  std::uint32_t batch;
  double density;
  double dropout;
  bool augment;
  Interpolation interpolation = Interpolation::kBilinear;
  InputOrder order = InputOrder::kHwc;
  std::uint32_t classes = 3;
  LayerKind kind = LayerKind::kSparse;
};

const Case kCases[] = {
    {"plain", {2, 4, 6}, {20, 12, 20}, 7, 0.4, 0, false},
    {"dropout", {2, 4, 6}, {20, 12, 20}, 16, 0.4, 0.3, false},
    {"heavy_dropout_batch_100", {1, 5, 5}, {30, 30}, 100, 0.3, 0.7, false},
    {"augmented", {3, 9, 7}, {20, 12}, 10, 0.4, 0.3, true},
    {"augmented_wide", {3, 8, 32}, {20}, 10, 0.2, 0, true},
    {"augmented_chw",
     {3, 9, 7},
     {20, 12},
     10,
     0.4,
     0.3,
     true,
     Interpolation::kBilinear,
     InputOrder::kChw},
    {"nearest", {1, 12, 11}, {20, 12}, 10, 0.4, 0, true, Interpolation::kNearest},
    {"batch_128", {1, 1, 40}, {25}, 128, 0.5, 0.3, false},
    {"batch_1", {1, 1, 40}, {25}, 1, 0.5, 0.3, false},
    {"many_classes",
     {1, 1, 40},
     {25, 25},
     20,
     0.5,
     0.3,
     false,
     Interpolation::kBilinear,
     InputOrder::kHwc,
     37},
    {"wide_output",
     {1, 1, 10},
     {600},
     20,
     0.5,
     0.3,
     false,
     Interpolation::kBilinear,
     InputOrder::kHwc,
     3},
    {"no_connections", {1, 1, 10}, {8, 8}, 20, 0, 0.3, false},
    {"full", {1, 1, 10}, {8, 8}, 20, 1, 0.3, false},
    {"dense",
     {2, 4, 6},
     {150, 130},
     20,
     1,
     0.3,
     true,
     Interpolation::kBilinear,
     InputOrder::kHwc,
     3,
     LayerKind::kDense},
};

class CpuParity : public testing::TestWithParam<std::tuple<std::string, Case>> {};

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], tolerance) << what << " " << i;
  }
}

TEST_P(CpuParity, ThreeStepsAndAnEvaluationAgreeWithTheReference) {
  const auto& [simd, test] = GetParam();
  if (test.kind == LayerKind::kDense) {
    static const std::string first = simd;  // ctest gives each test a process of its own
    if (simd != first) GTEST_SKIP() << "OpenBLAS has one instruction set a process";
  }
  tests::TinyDataSettings data;
  data.shape = test.shape;
  data.classes = test.classes;
  data.order = test.order;
  data.train_samples = 3 * test.batch + 9;
  const auto dataset = tests::shared_tiny_dataset(data);
  std::vector<std::uint32_t> sizes = {test.shape.features()};
  sizes.insert(sizes.end(), test.hidden.begin(), test.hidden.end());
  sizes.push_back(test.classes);
  const NetworkState network = tests::tiny_network(3, sizes, test.density, test.kind);

  BackendOptions options;
  options.seed = 42;
  options.batch_size = test.batch;
  options.dropout = test.dropout;
  options.optimiser.weight_decay = 0.001;
  options.augmentation.enabled = test.augment;
  options.augmentation.interpolation = test.interpolation;
  options.threads = 2;
  options.all_threads = true;
  options.simd = simd;
  const auto cpu = make_cpu_backend(options);
  const auto reference = make_reference_backend(options);
  for (Backend* backend : {cpu.get(), reference.get()}) {
    backend->attach(dataset);
    backend->load(network);
  }
  EXPECT_EQ(cpu->snapshot(), network) << "load and snapshot keep every bit";

  const std::vector<float> rates = {0.05F, 0.04F, 0.03F};
  const StepRange range = {.first = 6, .count = 3, .steps_per_epoch = 3};
  const std::vector<LossSums> ours = cpu->train(range, rates);
  const std::vector<LossSums> theirs = reference->train(range, rates);
  // float32 against float64 over three steps of values around 1: a few units of 2⁻²⁴ each.
  constexpr double kTolerance = 5e-6;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(ours[i].loss / test.batch, theirs[i].loss / test.batch, kTolerance) << i;
    EXPECT_EQ(ours[i].hits, theirs[i].hits);
    EXPECT_EQ(ours[i].samples, test.batch);
  }
  const NetworkState a = cpu->snapshot(), b = reference->snapshot();
  for (std::size_t layer = 0; layer < a.layers.size(); ++layer) {
    const std::string name = "layer " + std::to_string(layer);
    EXPECT_EQ(a.layers[layer].cells, b.layers[layer].cells);
    expect_near(a.layers[layer].weights.values, b.layers[layer].weights.values, kTolerance,
                name + " weight");
    expect_near(a.layers[layer].weights.slots[0], b.layers[layer].weights.slots[0], kTolerance,
                name + " momentum");
    expect_near(a.layers[layer].biases.values, b.layers[layer].biases.values, kTolerance,
                name + " bias");
  }

  EXPECT_NE(a.layers.back().biases, network.layers.back().biases) << "nothing was trained";

  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    const std::size_t samples = view(*dataset, split).size();
    std::vector<float> our_logits(samples * test.classes, 99), their_logits(our_logits);
    const LossSums our = cpu->evaluate(split, our_logits);
    const LossSums their = reference->evaluate(split, their_logits);
    EXPECT_EQ(our.samples, samples);
    EXPECT_EQ(our.hits, their.hits);
    EXPECT_NEAR(our.loss, their.loss, 1e-5 * static_cast<double>(samples));
    for (std::size_t i = 0; i < our_logits.size(); ++i) {
      ASSERT_NEAR(our_logits[i], their_logits[i], 2e-5) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, CpuParity,
                         testing::Combine(testing::ValuesIn(tests::available_simd_sets()),
                                          testing::ValuesIn(kCases)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param).name;
                         });

}  // namespace
}  // namespace regrow

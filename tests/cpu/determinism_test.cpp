// The same bits on any number of threads, and however an epoch is cut into calls.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cpu/cpu_backend.h"
#include "support/evolutions.h"
#include "support/feature_kinds.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

struct Outcome {
  NetworkState network;
  std::vector<double> losses;

  bool operator==(const Outcome&) const = default;
};

/// `keeps_gradients`: by an optimiser that takes the gradients of a whole step, clipped, and what
/// activations learn besides.
Outcome train(unsigned threads, LayerKind kind, std::uint32_t piece, bool keeps_gradients = false,
              FeatureKind features = FeatureKind::kBytes, bool augments = true) {
  tests::TinyDataSettings data;
  data.train_samples = 128;
  auto dataset = tests::shared_tiny_dataset(data);
  if (features != FeatureKind::kBytes) {
    dataset = std::make_shared<const Dataset>(tests::with_odd_features(*dataset, features));
  }
  BackendOptions options;
  options.batch_size = 20;
  options.threads = threads;
  options.all_threads = true;
  options.augmentation.enabled = augments;
  options.optimiser.kind = keeps_gradients ? OptimiserKind::kAdam : OptimiserKind::kSgd;
  options.clip_norm = keeps_gradients ? 0.5 : 0;
  const std::size_t slots = slot_count(options.optimiser.kind);
  NetworkState network = tests::tiny_network(1, {48, 150, 40, 300, 3}, 0.2, kind, slots);
  for (std::size_t l = 0; keeps_gradients && l + 1 < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    layer.activation = ActivationKind::kSRelu;
    layer.activation_parameters.assign(kSReluParameters,
                                       Parameter(std::vector<double>(layer.outputs, 0.25), slots));
  }
  const auto backend = make_cpu_backend(options);
  backend->attach(dataset);
  backend->load(network);
  Outcome outcome;
  constexpr std::uint32_t kSteps = 6;
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
    for (std::uint32_t step = 0; step < kSteps; step += piece) {
      const std::vector<float> rates(std::min(piece, kSteps - step), 0.05F);
      const StepRange range = {epoch * kSteps + step, static_cast<std::uint32_t>(rates.size()),
                               kSteps};
      for (const LossSums& sums : backend->train(range, rates)) outcome.losses.push_back(sums.loss);
    }
    outcome.losses.push_back(backend->evaluate(Split::kTest, {}).loss);
    if (kind == LayerKind::kDense) continue;
    EvolutionPlan plan = tests::evolution_of(*backend, DropRule::kPerSign, 300'000);
    plan.growth.rule = tests::rule_of(epoch == 0 ? "most_neighbours" : "random");
    plan.growth.regrow_dropped = epoch == 0;
    plan.newborn.fresh_weights = true;
    plan.time.number = static_cast<std::uint32_t>(epoch);
    backend->evolve(plan);
  }
  outcome.network = backend->snapshot();
  return outcome;
}

TEST(CpuDeterminism, SparseTrainingGivesTheSameBitsOnAnyNumberOfThreads) {
  const Outcome one = train(1, LayerKind::kSparse, 6);
  EXPECT_TRUE(std::isfinite(one.losses.back()));
  EXPECT_EQ(train(2, LayerKind::kSparse, 6), one);
  EXPECT_EQ(train(7, LayerKind::kSparse, 6), one);
}

TEST(CpuDeterminism, DenseTrainingGivesTheSameBitsOnAnyNumberOfThreads) {
  const Outcome one = train(1, LayerKind::kDense, 6);
  EXPECT_EQ(train(2, LayerKind::kDense, 6), one);
  EXPECT_EQ(train(7, LayerKind::kDense, 6), one);
}

TEST(CpuDeterminism, KeptGradientsGiveTheSameBitsOnAnyNumberOfThreads) {
  for (const LayerKind kind : {LayerKind::kSparse, LayerKind::kDense}) {
    const Outcome one = train(1, kind, 6, true);
    EXPECT_TRUE(std::isfinite(one.losses.back()));
    EXPECT_NE(one.network.layers[0].activation_parameters[1].values,
              std::vector<double>(150, 0.25));
    EXPECT_EQ(train(2, kind, 6, true), one);
    EXPECT_EQ(train(7, kind, 6, true), one);
    EXPECT_EQ(train(2, kind, 1, true), one) << "piece by piece";
  }
}

TEST(CpuDeterminism, FloatsAndSparseRowsGiveTheSameBitsOnAnyNumberOfThreads) {
  for (const bool augments : {false, true}) {
    const auto train_on = [&](FeatureKind features, unsigned threads) {
      return train(threads, LayerKind::kSparse, 4, false, features, augments);
    };
    const Outcome one = train_on(FeatureKind::kFloats, 1);
    EXPECT_TRUE(std::isfinite(one.losses.back()));
    EXPECT_EQ(train_on(FeatureKind::kFloats, 7), one);
    // Sparse rows give the inputs of the floats that they are, to the bit.
    EXPECT_EQ(train_on(FeatureKind::kSparse, 1), one);
    EXPECT_EQ(train_on(FeatureKind::kSparse, 7), one);
  }
}

TEST(CpuDeterminism, PiecesOfAnEpochGiveTheSameBits) {
  EXPECT_EQ(train(2, LayerKind::kSparse, 1), train(2, LayerKind::kSparse, 4));
}

}  // namespace
}  // namespace regrow

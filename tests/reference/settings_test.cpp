// Training and evolution with many settings at once, drawn at random, on a device with the
// reference beside it: what one setting does must not depend on what another is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/policy.h"
#include "support/devices.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::uint32_t kStepsOfEpoch = 3;

/// One of the values, by a generator that is the same everywhere (distributions are not).
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : random_(seed) {}

  template <typename T>
  T of(std::initializer_list<T> values) {
    return values.begin()[random_() % values.size()];
  }
  std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(random_()) % (most - least + 1);
  }
  bool yes() { return of({true, false}); }

 private:
  std::mt19937 random_;
};

BackendOptions any_options(Draw& draw) {
  BackendOptions options;
  options.seed = draw.between(0, 1000);
  options.batch_size = draw.of({1U, 2U, 7U, 8U, 16U, 17U, 33U});
  options.momentum = draw.of({0.0, 0.5, 0.9});
  options.weight_decay = draw.of({0.0, 1e-3, 0.3});
  options.dropout = draw.of({0.0, 0.3, 0.85});
  options.leaky_slope = draw.of({0.0, 0.3, 1.0});
  options.augmentation.enabled = draw.yes();
  options.augmentation.rotate_degrees = draw.of({0.0, 10.0, 180.0});
  options.augmentation.shift_fraction = draw.of({0.0, 0.1, 1.0});
  options.augmentation.flip_probability = draw.of({0.0, 0.5, 1.0});
  options.augmentation.interpolation = draw.of({Interpolation::kBilinear, Interpolation::kNearest});
  options.threads = draw.between(1, 3);
  options.graph = draw.yes();
  return options;
}

tests::TinyDataSettings any_data(Draw& draw, std::uint32_t batch) {
  tests::TinyDataSettings data;
  data.shape = {draw.between(1, 3), draw.between(1, 5), draw.between(1, 5)};
  data.classes = draw.between(2, 6);
  data.order = draw.of({InputOrder::kHwc, InputOrder::kChw});
  data.test_samples = draw.between(1, 40);
  data.validation_samples = 3;
  // Full batches, some samples that no step of an epoch takes, and those held out.
  data.train_samples =
      std::max(21U, kStepsOfEpoch * batch + draw.between(0, batch - 1) + data.validation_samples);
  return data;
}

GrowPlan any_growth(Draw& draw, const tests::TinyDataSettings& data) {
  GrowPlan plan;
  plan.seed = draw.between(0, 1000);
  plan.rule =
      growth_rules()[draw.between(0, static_cast<std::uint32_t>(growth_rules().size()) - 1)];
  plan.tie = draw.of({TieRule::kRandom, TieRule::kByIndex});
  plan.neighbourhood =
      draw.of({Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4});
  plan.image = InputImage{data.shape, data.order};
  plan.fresh_weights = draw.yes();
  plan.init = draw.of({WeightInit::kGlorotDense, WeightInit::kLecunSparse, WeightInit::kHeSparse});
  plan.keep_momentum_of_regrown = draw.yes();
  return plan;
}

void evolve(Backend& backend, const NetworkState& network, DropRule rule, std::uint32_t zeta,
            double theta, GrowDelta delta, GrowPlan plan) {
  DropPlan drops{rule, {}};
  for (const WeightCounts& counts : backend.count_weights()) {
    drops.layers.push_back(drop_counts(rule, counts, zeta));
  }
  drops.layers.back() = {};
  const std::vector<DropReport> dropped = backend.drop(drops);
  for (std::size_t l = 0; l < dropped.size(); ++l) {
    const LayerState& layer = network.layers[l];
    const std::uint64_t free_cells = layer.cell_count() - dropped[l].remaining;
    plan.counts.push_back(grow_count(theta, layer.budget, dropped[l], delta, free_cells));
  }
  plan.counts.back() = 0;
  backend.grow(plan);
}

void run_with_any_settings(std::uint32_t seed) {
  Draw draw(seed);
  const BackendOptions options = any_options(draw);
  const tests::TinyDataSettings data = any_data(draw, options.batch_size);
  std::vector<std::uint32_t> sizes = {data.shape.features()};
  for (std::uint32_t layers = draw.between(1, 3); layers > 0; --layers) {
    sizes.push_back(draw.of({1U, 5U, 16U, 24U}));
  }
  sizes.push_back(data.classes);
  const bool dense = draw.between(0, 4) == 0;
  const NetworkState network =
      tests::tiny_network(seed, sizes, dense ? 1.0 : draw.of({0.15, 0.5, 1.0}),
                          dense ? LayerKind::kDense : LayerKind::kSparse);
  const auto backend = make_backend("check:" + tests::kTestDevice + ",reference", options);
  backend->attach(tests::shared_tiny_dataset(data));
  backend->load(network);
  GrowPlan growth = any_growth(draw, data);
  const auto rule = draw.of({DropRule::kPerSign, DropRule::kMagnitude});
  const std::uint32_t zeta = draw.of({0U, 123'456U, 300'000U, 1'000'000U});
  const double theta = draw.of({0.0, 0.37, 1.0, 1.7});
  const auto delta = draw.of({GrowDelta::kInitial, GrowDelta::kRemoved});
  const bool resets = draw.yes();
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    backend->train({std::uint64_t{epoch} * kStepsOfEpoch, kStepsOfEpoch, kStepsOfEpoch},
                   std::vector<float>{0.05F, 0.02F, 0.003F});
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      backend->evaluate(split);
    }
    growth.time = epoch;
    if (!dense) evolve(*backend, network, rule, zeta, theta, delta, growth);
    if (resets) backend->reset_momentum();
  }
  check_invariants(backend->snapshot());
}

TEST(AnySettings, TogetherAgreeWithTheReference) {
  // Emulated kernels take their time.
  const std::uint32_t samples = tests::kTestDevice == "cpu" ? 60 : 12;
  for (std::uint32_t seed = 0; seed < samples; ++seed) {
    EXPECT_NO_THROW(run_with_any_settings(seed)) << seed;
  }
}

}  // namespace
}  // namespace regrow

// Training and evolution with many settings at once, drawn at random, on a device with the
// reference beside it: what one setting does must not depend on what another is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "evolution/candidate_draws.h"
#include "evolution/grow_count.h"
#include "regrow/backend.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/learned_activations.h"
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
  options.optimiser.kind = draw.of(
      {OptimiserKind::kSgd, OptimiserKind::kNesterov, OptimiserKind::kAdam, OptimiserKind::kAdamW});
  options.optimiser.beta1 = draw.of({0.0, 0.5, 0.9});
  options.optimiser.beta2 = draw.of({0.9, 0.999});
  options.optimiser.restarts_each_epoch = draw.yes();
  options.clip_norm = draw.of({0.0, 0.0, 0.1, 2.0});
  options.loss.kind = draw.of({LossKind::kCrossEntropy, LossKind::kCrossEntropy, LossKind::kMse});
  if (options.loss.kind == LossKind::kCrossEntropy) {
    options.loss.label_smoothing = draw.of({0.0, 0.1, 0.9});
    options.loss.class_weights.balanced = draw.yes();
  }
  options.optimiser.momentum = draw.of({0.0, 0.5, 0.9});
  options.optimiser.weight_decay = draw.of({0.0, 1e-3, 0.3});
  options.dropout = draw.of({0.0, 0.3, 0.85});
  options.leaky_slope = draw.of({0.0, 0.3, 1.0});
  options.augmentation.enabled = draw.yes();
  options.augmentation.rotate_degrees = draw.of({0.0, 10.0, 180.0});
  options.augmentation.shift_fraction = draw.of({0.0, 0.1, 1.0});
  options.augmentation.flip_probability = draw.of({0.0, 0.5, 1.0});
  options.augmentation.interpolation = draw.of({Interpolation::kBilinear, Interpolation::kNearest});
  options.threads = draw.between(1, 3);
  options.all_threads = true;
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

/// What an evolution is drawn of, besides what has been measured.
struct AnyEvolution {
  DropRule drop = DropRule::kPerSign;
  std::uint32_t zeta = 0;
  double theta = 0;
  GrowDelta delta = GrowDelta::kInitial;
  std::uint32_t protect_every = 0;  // connection of so many, from the first on; 0: none
  double candidate_ratio = 1;       // of growth by gradient
  EvolutionPlan plan;               // without layers
};

AnyEvolution any_evolution(Draw& draw, const tests::TinyDataSettings& data) {
  AnyEvolution evolution;
  evolution.drop = draw.of({DropRule::kPerSign, DropRule::kMagnitude});
  evolution.zeta = draw.of({0U, 123'456U, 300'000U, 1'000'000U});
  evolution.theta = draw.of({0.0, 0.37, 1.0, 1.7});
  evolution.delta = draw.of({GrowDelta::kInitial, GrowDelta::kRemoved});
  evolution.protect_every = draw.of({0U, 1U, 2U, 7U});
  EvolutionPlan& plan = evolution.plan;
  plan.seed = draw.between(0, 1000);
  plan.time.is_within_epoch = draw.yes();
  GrowthSource& growth = plan.growth;
  growth.rule =
      growth_rules()[draw.between(0, static_cast<std::uint32_t>(growth_rules().size()) - 1)];
  growth.tie = draw.of({TieRule::kRandom, TieRule::kByIndex});
  growth.neighbourhood =
      draw.of({Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4});
  growth.image = InputImage{data.shape, data.order};
  growth.regrow_dropped = draw.yes();
  plan.newborn.fresh_weights = draw.yes();
  plan.newborn.init =
      draw.of({WeightInit::kGlorotDense, WeightInit::kLecunSparse, WeightInit::kHeSparse});
  plan.newborn.keep_slots_of_regrown = draw.yes();
  plan.reports_cells = draw.yes();
  growth.candidates = draw.of(
      {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst});
  evolution.candidate_ratio = draw.of({0.1, 1.0, 3.0});
  plan.newborn.keep_weights_of_regrown = draw.yes();
  return evolution;
}

CellList protected_cells(const LayerState& layer, std::uint32_t every) {
  CellList cells;
  for (std::size_t i = 0; i < layer.cells.size() && every > 0; i += every) {
    cells.push_back(layer.cells[i]);
  }
  return cells;
}

void evolve(Backend& backend, const AnyEvolution& evolution, std::uint32_t epoch) {
  const NetworkState network = backend.snapshot();
  MeasureRequest request;
  for (const LayerState& layer : network.layers) {
    request.protected_cells.push_back(protected_cells(layer, evolution.protect_every));
  }
  EvolutionPlan plan = evolution.plan;
  plan.time.number = epoch;
  const CandidateLaw law = plan.growth.candidates;
  if (plan.growth.rule.by_gradient) {
    backend.differentiate({std::uint64_t{epoch} * kStepsOfEpoch + 1, 1, kStepsOfEpoch});
    if (draws_by_strength(law)) request.strengths = {law, plan.seed, epoch};
  }
  const std::vector<LayerMeasures> measures = backend.measure(request);
  const bool by_sign = evolution.drop == DropRule::kPerSign;
  plan.groups = by_sign ? DropGroups::kBySign : DropGroups::kTogether;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    LayerEvolution& planned = plan.layers.emplace_back();
    if (layer.kind == LayerKind::kDense) continue;
    planned.drop = drop_counts(evolution.drop, measures[l].candidates, evolution.zeta);
    planned.protected_cells = request.protected_cells[l];
    DroppedLayer dropped;
    dropped.dropped =
        by_sign ? planned.drop.negatives + planned.drop.positives + measures[l].candidates.zeros
                : planned.drop.smallest;
    dropped.remaining = layer.connections() - dropped.dropped;
    dropped.target = layer.budget;
    dropped.eligible =
        layer.cell_count() - dropped.remaining - (plan.growth.regrow_dropped ? 0 : dropped.dropped);
    if (plan.growth.rule.by_gradient) {
      planned.candidates = candidate_draws(law, evolution.candidate_ratio, layer.connections(),
                                           measures[l].strengths);
    }
    planned.grow = grow_count(evolution.theta, evolution.delta, dropped);
  }
  backend.evolve(plan);
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
  NetworkState network = tests::tiny_network(seed, sizes, dense ? 1.0 : draw.of({0.15, 0.5, 1.0}),
                                             dense ? LayerKind::kDense : LayerKind::kSparse,
                                             slot_count(options.optimiser.kind));
  tests::set_activation(
      draw.of({ActivationKind::kLeakyRelu, ActivationKind::kRelu, ActivationKind::kAllRelu,
               ActivationKind::kSRelu, ActivationKind::kGelu}),
      seed, network);
  const auto backend = make_backend("check:" + tests::kTestDevice + ",reference", options);
  backend->attach(tests::shared_tiny_dataset(data));
  backend->load(network);
  const AnyEvolution evolution = any_evolution(draw, data);
  // What restarts each epoch counts on it.
  const bool resets = options.optimiser.restarts_each_epoch;
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    backend->train({std::uint64_t{epoch} * kStepsOfEpoch, kStepsOfEpoch, kStepsOfEpoch},
                   std::vector<float>{0.05F, 0.02F, 0.003F});
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      backend->evaluate(split);
    }
    if (!dense) evolve(*backend, evolution, epoch);
    if (resets) backend->reset_slots();
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

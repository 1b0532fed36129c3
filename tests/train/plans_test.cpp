// What the trainer asks of a back end: every step once and in order, at the schedule's rates, and
// plans that carry each setting of the configuration.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "regrow/learning_rate.h"
#include "regrow/load_dataset.h"
#include "support/evolutions.h"
#include "support/recording_backend.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

Requests requests_of(Config config) {
  const TempDir dir;
  resolve(config);
  Requests requests;
  auto dataset = std::make_shared<const Dataset>(load_dataset(config));
  auto backend = std::make_unique<RecordingBackend>(
      make_backend("reference", backend_options(config)), requests);
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  Trainer trainer(std::move(state), dataset, std::move(backend),
                  RunFolder::create(dir.path() / "run", false));
  trainer.run();
  return requests;
}

TEST(Requests, EveryStepOnceInOrderAtTheSchedulesRate) {
  Config config = small_config("reference", Method::kSet);
  config.schedule = Schedule::kCosine;
  config.warmup_epochs = 1;
  config.epochs = 3;
  const Requests requests = requests_of(config);
  EXPECT_EQ(requests.steps_per_epoch, std::set<std::uint32_t>{10});
  ASSERT_EQ(requests.steps.size(), 30U);
  for (std::uint64_t step = 0; step < 30; ++step) {
    EXPECT_EQ(requests.steps[step], step);
    EXPECT_EQ(requests.rates[step], learning_rate(config, step, 10));
  }
  EXPECT_NE(requests.rates[29], requests.rates[15]);
}

// Ten steps from a piece of one step on are 1, 2, 4 and 3. A later epoch of fewer calls began with
// a longer piece; that none of nine does would take a machine that never trains one at once.
TEST(Requests, PiecesStayLongFromEpochToEpoch) {
  Config config = small_config("reference", Method::kStatic);
  config.epochs = 10;
  const std::vector<std::uint64_t> pieces = requests_of(config).pieces;
  ASSERT_EQ(pieces.size(), 10U);
  EXPECT_GE(pieces.front(), 4U);
  EXPECT_LT(*std::min_element(pieces.begin() + 1, pieces.end()), 4U);
}

TEST(Requests, MomentumIsResetAtEachEpochsStartOnRequestOnly) {
  Config config = small_config("reference", Method::kSet);
  config.epochs = 3;
  config.momentum_reset = MomentumReset::kEpoch;
  EXPECT_EQ(requests_of(config).resets, (std::vector<std::uint64_t>{0, 10, 20}));
  config.momentum_reset = MomentumReset::kGrown;
  EXPECT_TRUE(requests_of(config).resets.empty());
}

TEST(Requests, AProfilerRecordsTheEpochsNamed) {
  using Profiled = std::vector<std::pair<std::uint64_t, bool>>;
  Config config = small_config("reference", Method::kSet);
  config.epochs = 4;
  EXPECT_TRUE(requests_of(config).profiled.empty());
  config.profile_epochs = {1, 2};
  EXPECT_EQ(requests_of(config).profiled, (Profiled{{10, true}, {30, false}}));
  config.profile_epochs = {0, 0};
  EXPECT_EQ(requests_of(config).profiled, (Profiled{{0, true}, {10, false}}));
  config.profile_epochs = {3, 9};
  EXPECT_EQ(requests_of(config).profiled, (Profiled{{30, true}, {40, false}}));
}

TEST(Requests, PlansCarryTheSettings) {
  Config config = small_config("reference", Method::kSet);
  config.epochs = 3;
  config.seed = 9;
  config.drop = DropRule::kMagnitude;
  config.zeta_millionths = 250000;
  const GrowthRule rule = rule_of("pixel_neighbour");
  config.grow = rule;
  config.grow_tie = TieRule::kByIndex;
  config.neighbourhood = Neighbourhood::kCross4;
  config.input_order = InputOrder::kChw;
  config.grow_value = GrowValue::kFresh;
  config.weight_init = WeightInit::kHeSparse;
  config.momentum_reset = MomentumReset::kNever;
  // Of a method that keeps its connections, a quarter is dropped and grown each time.
  std::vector<LayerEvolution> layers;
  for (const LayerState& layer : initial_network(config, 12, 4).layers) {
    const std::uint64_t share = layer.kind == LayerKind::kSparse ? layer.budget / 4 : 0;
    layers.push_back({.drop = {.smallest = share}, .protected_cells = {}, .grow = share});
  }
  const Requests requests = requests_of(config);
  ASSERT_EQ(requests.evolutions.size(), 2U);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    const EvolutionPlan& plan = requests.evolutions[epoch].plan;
    EXPECT_EQ(plan.seed, 9U);
    EXPECT_EQ(plan.time, (EvolutionTime{epoch, false}));
    EXPECT_EQ(plan.groups, DropGroups::kTogether);
    EXPECT_EQ(plan.layers, layers);
    EXPECT_EQ(plan.growth.rule, rule);
    EXPECT_EQ(plan.growth.tie, TieRule::kByIndex);
    EXPECT_EQ(plan.growth.neighbourhood, Neighbourhood::kCross4);
    EXPECT_EQ(plan.growth.image, (InputImage{{1, 1, 12}, InputOrder::kChw}));
    EXPECT_TRUE(plan.newborn.fresh_weights);
    EXPECT_EQ(plan.newborn.init, WeightInit::kHeSparse);
    EXPECT_TRUE(plan.newborn.keep_slots_of_regrown);
  }
  config.grow_value = GrowValue::kZero;
  for (const MomentumReset reset : {MomentumReset::kGrown, MomentumReset::kEpoch}) {
    config.momentum_reset = reset;
    for (const Evolution& evolution : requests_of(config).evolutions) {
      EXPECT_FALSE(evolution.plan.newborn.keep_slots_of_regrown);
      EXPECT_FALSE(evolution.plan.newborn.fresh_weights);
    }
  }
}

}  // namespace
}  // namespace regrow::tests

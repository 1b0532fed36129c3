// The plans of an evolution: every setting in its place, whatever the others are, and nothing for
// dense layers.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "regrow/policy.h"

namespace regrow {
namespace {

constexpr PlannedLayer kDenseOutput = {LayerKind::kDense, 40, 40};

WeightCounts any_signs() {
  WeightCounts counts;
  counts.negatives = *rc::gen::inRange<std::uint64_t>(0, 500);
  counts.positives = *rc::gen::inRange<std::uint64_t>(0, 500);
  counts.zeros = *rc::gen::inRange<std::uint64_t>(0, 50);
  return counts;
}

Config any_config() {
  Config config;
  config.seed = *rc::gen::inRange<std::int64_t>(0, 1000);
  config.drop = *rc::gen::element(DropRule::kPerSign, DropRule::kMagnitude);
  config.zeta_millionths = *rc::gen::inRange<std::int64_t>(0, 1'000'001);
  config.grow = growth_rules()[*rc::gen::inRange<std::size_t>(0, growth_rules().size())].name;
  config.grow_tie = *rc::gen::element(TieRule::kRandom, TieRule::kByIndex);
  config.neighbourhood =
      *rc::gen::element(Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4);
  config.grow_value = *rc::gen::element(GrowValue::kZero, GrowValue::kFresh);
  config.weight_init =
      *rc::gen::element(WeightInit::kGlorotDense, WeightInit::kLecunSparse, WeightInit::kHeSparse);
  config.momentum_reset =
      *rc::gen::element(MomentumReset::kEpoch, MomentumReset::kGrown, MomentumReset::kNever);
  config.delta = *rc::gen::element(GrowDelta::kInitial, GrowDelta::kRemoved);
  return config;
}

RC_GTEST_PROP(EvolutionPlans, CarryEverySettingWhateverTheOthersAre, ()) {
  const Config config = any_config();
  std::vector<PlannedLayer> layers;
  std::vector<WeightCounts> counts;
  std::vector<DropReport> reports;
  for (auto l = *rc::gen::inRange(1, 4); l > 0; --l) {
    counts.push_back(any_signs());
    const std::uint64_t before =
        counts.back().negatives + counts.back().positives + counts.back().zeros;
    const std::uint64_t budget = before + *rc::gen::inRange<std::uint64_t>(0, 90);
    layers.push_back(
        {LayerKind::kSparse, budget + *rc::gen::inRange<std::uint64_t>(0, 300), budget});
    DropReport& report = reports.emplace_back();
    report.negatives = counts.back().negatives / 3;
    report.positives = counts.back().positives / 2;
    report.zeros = counts.back().zeros;
    report.remaining = before - report.dropped();
  }
  layers.push_back(kDenseOutput);
  counts.emplace_back();
  reports.push_back({.remaining = kDenseOutput.cells});

  const DropPlan drop = plan_drop(config, layers, counts);
  RC_ASSERT(drop.rule == config.drop);
  RC_ASSERT(drop.layers.size() == layers.size());
  RC_ASSERT(drop.layers.back() == LayerDrop());

  const double theta = *rc::gen::element(1.0, 0.35, 2.0 / 3);
  const auto time = *rc::gen::inRange<std::uint32_t>(0, 100);
  const InputImage image = {{3, 4, 5}, *rc::gen::element(InputOrder::kHwc, InputOrder::kChw)};
  const GrowPlan grow = plan_growth(config, image, layers, reports, theta, time);
  RC_ASSERT(grow.seed == static_cast<std::uint64_t>(config.seed));
  RC_ASSERT(grow.time == time);
  RC_ASSERT(grow.rule == growth_rule(config.grow));
  RC_ASSERT(grow.tie == config.grow_tie);
  RC_ASSERT(grow.neighbourhood == config.neighbourhood);
  RC_ASSERT(grow.image == image);
  RC_ASSERT(grow.fresh_weights == (config.grow_value == GrowValue::kFresh));
  RC_ASSERT(grow.init == config.weight_init);
  RC_ASSERT(grow.keep_momentum_of_regrown == (config.momentum_reset == MomentumReset::kNever));
  RC_ASSERT(grow.counts.size() == layers.size());
  RC_ASSERT(grow.counts.back() == 0U);

  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const auto zeta = static_cast<std::uint32_t>(config.zeta_millionths);
    RC_ASSERT(drop.layers[l] == drop_counts(config.drop, counts[l], zeta));
    const std::uint64_t free_cells = layers[l].cells - reports[l].remaining;
    RC_ASSERT(grow.counts[l] ==
              grow_count(theta, layers[l].budget, reports[l], config.delta, free_cells));
  }
}

TEST(EvolutionPlans, TakeTheLayersOfANetworkAsTheyAre) {
  NetworkState network;
  LayerState& hidden = network.layers.emplace_back();
  hidden.kind = LayerKind::kSparse;
  hidden.inputs = 70'000;
  hidden.outputs = 80'000;
  hidden.budget = 5;
  LayerState& output = network.layers.emplace_back();
  output.inputs = 80'000;
  output.outputs = 10;
  output.budget = 800'000;
  const std::vector<PlannedLayer> layers = planned_layers(network);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].kind, LayerKind::kSparse);
  EXPECT_EQ(layers[0].cells, 5'600'000'000U);
  EXPECT_EQ(layers[0].budget, 5U);
  EXPECT_EQ(layers[1].kind, LayerKind::kDense);
  EXPECT_EQ(layers[1].cells, 800'000U);
}

TEST(EvolutionPlans, WantOneEntryPerLayer) {
  const std::vector<PlannedLayer> layers = {kDenseOutput, kDenseOutput};
  EXPECT_THROW(plan_drop({}, layers, std::vector<WeightCounts>(1)), std::logic_error);
  EXPECT_THROW(plan_growth({}, {}, layers, std::vector<DropReport>(3), 1, 0), std::logic_error);
}

}  // namespace
}  // namespace regrow

// The plan of an evolution: every setting in its place, whatever the others are, counts by the
// formulas, and nothing for dense layers.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "evolution/candidate_draws.h"
#include "evolution/drop_counts.h"
#include "evolution/grow_count.h"
#include "evolution/planner.h"
#include "regrow/config.h"

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

std::uint64_t sum(const WeightCounts& counts) {
  return counts.negatives + counts.positives + counts.zeros;
}

EvolutionConfig any_config() {
  EvolutionConfig config;
  config.pause = Measure::kNone;
  config.drop = *rc::gen::element(DropRule::kPerSign, DropRule::kMagnitude);
  config.zeta_millionths = *rc::gen::inRange<std::int64_t>(0, 1'000'001);
  config.grow = growth_rules()[*rc::gen::inRange<std::size_t>(0, growth_rules().size())];
  config.grow_tie = *rc::gen::element(TieRule::kRandom, TieRule::kByIndex);
  config.neighbourhood =
      *rc::gen::element(Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4);
  config.grow_value = *rc::gen::element(GrowValue::kZero, GrowValue::kFresh);
  config.delta = *rc::gen::element(GrowDelta::kInitial, GrowDelta::kRemoved);
  config.theta_scale = *rc::gen::element(1.0, 0.35, 2.0 / 3);
  config.regrow_dropped = *rc::gen::element(true, false);
  config.candidates = *rc::gen::element(CandidateLaw::kAll, CandidateLaw::kUniform,
                                        CandidateLaw::kGraBo, CandidateLaw::kGraEst);
  config.candidate_ratio = *rc::gen::element(0.01, 1.0, 3.5);
  config.grace = *rc::gen::inRange(0, 3);
  return config;
}

/// Measures of sparse layers and a dense output layer, of which nothing is protected.
struct AnyLayers {
  std::vector<PlannedLayer> layers;
  std::vector<LayerMeasures> measures;
};
AnyLayers any_layers() {
  AnyLayers any;
  for (auto l = *rc::gen::inRange(1, 4); l > 0; --l) {
    LayerMeasures& measures = any.measures.emplace_back();
    measures.weights = measures.candidates = any_signs();
    measures.strengths = {{1, 0, 2}, {0.5, 1}};
    const std::uint64_t budget = sum(measures.weights) + *rc::gen::inRange<std::uint64_t>(0, 90);
    any.layers.push_back(
        {LayerKind::kSparse, budget + *rc::gen::inRange<std::uint64_t>(0, 300), budget});
  }
  any.layers.push_back(kDenseOutput);
  any.measures.emplace_back();
  return any;
}

EvolutionPlan planned(const EvolutionPlanner& planner, const EvolutionPoint& point,
                      const std::vector<LayerMeasures>& measures,
                      std::span<const std::uint64_t> smallest = {},
                      const EvolutionState& state = {}) {
  return planner.plan(planner.decide(point, {}), measures, smallest, state);
}

RC_GTEST_PROP(EvolutionPlans, CarryEverySettingWhateverTheOthersAre, ()) {
  const AnyLayers any = any_layers();
  PlannerSettings settings;
  settings.config = any_config();
  settings.seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  settings.span = {10, 100};
  settings.image = {{3, 4, 5}, *rc::gen::element(InputOrder::kHwc, InputOrder::kChw)};
  settings.weight_init =
      *rc::gen::element(WeightInit::kGlorotDense, WeightInit::kLecunSparse, WeightInit::kHeSparse);
  settings.keeps_slots = *rc::gen::element(true, false);
  settings.layers = any.layers;
  const EvolutionConfig& config = settings.config;
  const auto epoch = *rc::gen::inRange<std::uint32_t>(0, 100);
  const bool is_within = *rc::gen::element(true, false);
  const EvolutionPoint point = {epoch, std::uint64_t{epoch} * 10 + 7, is_within};

  const EvolutionPlan plan = planned(EvolutionPlanner(settings), point, any.measures);
  RC_ASSERT(plan.seed == settings.seed);
  RC_ASSERT(plan.time == (EvolutionTime{is_within ? epoch * 10 + 7 : epoch, is_within}));
  RC_ASSERT((plan.groups == DropGroups::kBySign) == (config.drop == DropRule::kPerSign));
  RC_ASSERT(plan.growth.rule == config.grow);
  RC_ASSERT(plan.growth.tie == config.grow_tie);
  RC_ASSERT(plan.growth.neighbourhood == config.neighbourhood);
  RC_ASSERT(plan.growth.image == settings.image);
  RC_ASSERT(plan.growth.regrow_dropped == config.regrow_dropped);
  RC_ASSERT(plan.newborn.fresh_weights == (config.grow_value == GrowValue::kFresh));
  RC_ASSERT(plan.newborn.init == settings.weight_init);
  const bool by_gradient = config.grow.by_gradient;
  RC_ASSERT(plan.growth.candidates == config.candidates);
  RC_ASSERT(plan.newborn.keep_slots_of_regrown == (settings.keeps_slots || by_gradient));
  RC_ASSERT(plan.newborn.keep_weights_of_regrown == by_gradient);
  RC_ASSERT(plan.reports_cells);
  RC_ASSERT(plan.layers.size() == any.layers.size());
  RC_ASSERT(plan.layers.back() == LayerEvolution());

  for (std::size_t l = 0; l + 1 < any.layers.size(); ++l) {
    const WeightCounts& counts = any.measures[l].weights;
    const LayerDrop drop =
        drop_counts(config.drop, counts, static_cast<std::uint32_t>(config.zeta_millionths));
    RC_ASSERT(plan.layers[l].drop == drop);
    const CandidateDraws draws = candidate_draws(config.candidates, config.candidate_ratio,
                                                 sum(counts), any.measures[l].strengths);
    RC_ASSERT(plan.layers[l].candidates == (by_gradient ? draws : CandidateDraws()));
    const bool per_sign = config.drop == DropRule::kPerSign;
    DroppedLayer layer;
    layer.target = any.layers[l].budget;
    layer.dropped = drop.negatives + drop.positives + drop.smallest + (per_sign ? counts.zeros : 0);
    layer.remaining = sum(counts) - layer.dropped;
    layer.eligible =
        any.layers[l].cells - sum(counts) + (config.regrow_dropped ? layer.dropped : 0);
    RC_ASSERT(plan.layers[l].grow == grow_count(config.theta_scale, config.delta, layer));
  }
}

/// One sparse layer of 1000 cells that started with 500 connections, and a dense output layer.
PlannerSettings one_layer(const EvolutionConfig& config) {
  PlannerSettings settings;
  settings.config = config;
  settings.config.pause = Measure::kNone;
  settings.span = {10, 10};
  settings.layers = {{LayerKind::kSparse, 1000, 500}, kDenseOutput};
  return settings;
}

std::vector<LayerMeasures> measures_of(const WeightCounts& weights,
                                       const WeightCounts& candidates) {
  return {{weights, candidates, {}}, {}};
}

TEST(EvolutionPlans, DropNoMoreOfASignThanIsNotProtected) {
  const WeightCounts all = {100, 100, 10, 0}, candidates = {20, 90, 4, 0};
  EvolutionConfig config;
  EvolutionState state;
  state.young = {{{7, 8}, {0, 0}}, {}};
  const auto plan = planned(EvolutionPlanner(one_layer(config)), {0, 10, false},
                            measures_of(all, candidates), {}, state);
  EXPECT_EQ(plan.layers[0].drop, (LayerDrop{20, 31, 0}))
      << "30 negatives would be the share of all";
  EXPECT_EQ(plan.layers[0].protected_cells, (CellList{7, 8}));
  EXPECT_EQ(plan.layers[0].grow, 500U - (210U - 20 - 31 - 4)) << "four zeros drop, six are safe";
  config.drop = DropRule::kMagnitude;
  const auto magnitude = planned(EvolutionPlanner(one_layer(config)), {0, 10, false},
                                 measures_of(all, {3, 4, 5, 0}), {}, state);
  EXPECT_EQ(magnitude.layers[0].drop.smallest, 12U) << "63 would be the share of all";
}

TEST(EvolutionPlans, LetALayerOutgrowItsStartWithoutASchedule) {
  EvolutionConfig config;
  const WeightCounts all = {400, 400, 0, 0};
  for (const DropRule rule : {DropRule::kPerSign, DropRule::kMagnitude}) {
    config.drop = rule;
    const EvolutionPlan plan =
        planned(EvolutionPlanner(one_layer(config)), {0, 10, false}, measures_of(all, all));
    EXPECT_EQ(plan.layers[0].drop, drop_counts(rule, all, 300000));
  }
}

TEST(EvolutionPlans, WantNoMoreConnectionsThanALayerHasCells) {
  EvolutionConfig config;
  config.density_schedule = Curve::kLinear;
  config.final_density = 0.9;
  PlannerSettings settings = one_layer(config);
  settings.layers.insert(settings.layers.begin(), PlannedLayer{LayerKind::kSparse, 1000, 900});
  const EvolutionPlanner planner(settings);  // of 0.7 at first
  EXPECT_EQ(planner.decide({9, 100, false}, {}).targets,
            (std::vector<std::uint64_t>{1000, 643, 0}));
}

TEST(EvolutionPlans, DropDownToTheScheduledDensity) {
  EvolutionConfig config;
  config.density_schedule = Curve::kLinear;
  config.final_density = 0.1;  // from 0.5: after half of training 0.3, 300 connections
  config.zeta_millionths = 100000;
  const WeightCounts all = {300, 200, 0, 0};
  const EvolutionPoint half = {4, 45, true};  // of the 90 steps to the last evolution
  const EvolutionPlanner per_sign(one_layer(config));
  EXPECT_DOUBLE_EQ(per_sign.decide(half, {}).density, 0.3);
  const EvolutionPlan plan = planned(per_sign, half, measures_of(all, all));
  // ζ alone drops 30 and 21; of the 149 that are too many still, 270/449 are negative.
  EXPECT_EQ(plan.layers[0].drop, (LayerDrop{30 + 89, 21 + 60, 0}));
  EXPECT_EQ(plan.layers[0].grow, 0U);
  config.drop = DropRule::kMagnitude;
  EXPECT_EQ(planned(EvolutionPlanner(one_layer(config)), half, measures_of(all, all))
                .layers[0]
                .drop.smallest,
            200U);
  // What drops more than that grows back up to the target.
  config.zeta_millionths = 600000;
  const EvolutionPlan more =
      planned(EvolutionPlanner(one_layer(config)), half, measures_of(all, all));
  EXPECT_EQ(more.layers[0].drop.smallest, 300U);
  EXPECT_EQ(more.layers[0].grow, 100U);
}

/// Two sparse layers, each of 1000 cells and at first 500 connections.
PlannerSettings two_layers(const EvolutionConfig& config) {
  PlannerSettings settings = one_layer(config);
  settings.layers.insert(settings.layers.begin(), settings.layers[0]);
  return settings;
}

TEST(EvolutionPlans, OfALayerDoNotDependOnWhatAnotherHasTooMuch) {
  const WeightCounts outgrown = {400, 400, 0, 0}, all = {250, 250, 0, 0};
  std::vector<LayerMeasures> measures = measures_of(all, all);
  measures.insert(measures.begin(), LayerMeasures{outgrown, outgrown, {}});
  const auto plan = planned(EvolutionPlanner(two_layers({})), {0, 10, false}, measures);
  EXPECT_EQ(plan.layers[0].grow, 0U);
  EXPECT_EQ(plan.layers[1].grow, 75U + 76U) << "all that it has dropped";
}

TEST(EvolutionPlans, OfADropOverAllLayersTakeWhatTheSearchHasChosen) {
  EvolutionConfig config;
  config.drop = DropRule::kGlobalMagnitude;
  const WeightCounts all = {250, 240, 10, 0};
  std::vector<LayerMeasures> measures = measures_of(all, all);
  measures.insert(measures.begin(), measures[0]);
  const EvolutionPlanner planner(two_layers(config));
  const EvolutionDecision decision = planner.decide({0, 10, false}, {});
  EXPECT_TRUE(planner.search(decision, measures, 31)->next());
  const std::vector<std::uint64_t> smallest = {290, 10, 0};
  const EvolutionPlan plan = planner.plan(decision, measures, smallest, {});
  EXPECT_EQ(plan.groups, DropGroups::kTogether);
  EXPECT_EQ(plan.layers[0].drop.smallest, 290U);
  EXPECT_EQ(plan.layers[1].drop.smallest, 10U);
  EXPECT_EQ(plan.layers[0].grow, 290U);
  EXPECT_EQ(plan.layers[1].grow, 10U);
  EXPECT_THROW(planner.plan(decision, measures, {}, {}), std::logic_error);
}

TEST(EvolutionPlans, OfADropOverAllLayersGrowNoMoreThanTheDensityLeaves) {
  EvolutionConfig config;
  config.drop = DropRule::kGlobalMagnitude;
  config.density_schedule = Curve::kLinear;
  config.final_density = 0.3;
  const WeightCounts all = {250, 250, 0, 0};
  std::vector<LayerMeasures> measures = measures_of(all, all);
  measures.insert(measures.begin(), measures[0]);
  const EvolutionPlanner planner(two_layers(config));
  const EvolutionDecision decision = planner.decide({4, 45, true}, {});  // 400 a layer
  const std::vector<std::uint64_t> smallest = {300, 0, 0};
  const EvolutionPlan plan = planner.plan(decision, measures, smallest, {});
  // Layer 0 is left 200 of its 400, layer 1 has 500: together 700 of 800.
  EXPECT_EQ(plan.layers[0].grow, 100U);
  EXPECT_EQ(plan.layers[1].grow, 0U);
}

TEST(EvolutionPlans, OfADropOverAllLayersSearchTheShareOfAllAmongWhatIsNotProtected) {
  EvolutionConfig config;
  config.drop = DropRule::kGlobalMagnitude;
  const EvolutionPlanner planner(two_layers(config));
  const EvolutionDecision decision = planner.decide({0, 10, false}, {});
  const WeightCounts all = {250, 240, 10, 0};
  // All magnitudes are 0, so that the first layer gives what is searched for.
  const auto chosen = [&](const WeightCounts& candidates) {
    std::vector<LayerMeasures> measures = measures_of(all, candidates);
    measures.insert(measures.begin(), measures[0]);
    auto search = planner.search(decision, measures, 31);
    while (const auto digit = search->next()) {
      for (std::size_t l = 0; l < 2; ++l) {
        measures[l].magnitudes.assign(std::size_t{1} << digit->width, 0);
        measures[l].magnitudes[0] = sum(candidates);
      }
      search->take(measures);
    }
    return search->chosen();
  };
  EXPECT_EQ(chosen({200, 150, 0, 0}), (std::vector<std::uint64_t>{300, 0, 0})) << "0.3 of 1000";
  EXPECT_EQ(chosen({50, 60, 0, 0}), (std::vector<std::uint64_t>{110, 110, 0})) << "no more";
}

TEST(EvolutionPlans, PauseAndFollowTheHistory) {
  EvolutionConfig config;
  config.method = Method::kLset;
  config.measure = Measure::kLoss;
  PlannerSettings settings = one_layer(config);
  settings.config.pause = Measure::kLoss;
  settings.config.pause_gap = 1;
  settings.config.pause_min_history = 2;
  History history;
  for (const double loss : {2.0, 3.0}) {
    EpochRecord record;
    record.epoch = history.epochs;
    record.loss = loss;
    append(history, settings.config, {.monitor = Measure::kValAcc}, record);
  }
  const EvolutionPlanner planner(settings);
  EXPECT_TRUE(planner.decide({1, 20, false}, history).is_paused);
  EXPECT_TRUE(planner.decide({2, 25, true}, history).is_paused);
  EXPECT_EQ(planner.decide({1, 20, false}, history).theta, 1.0);
  EXPECT_FALSE(planner.decide({0, 5, true}, {}).is_paused);
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

TEST(EvolutionPlans, AskForStrengthsWhereDrawsNeedThem) {
  EvolutionState state;
  state.young = {{{7, 8}, {0, 0}}, {}};
  const EvolutionPoint point = {3, 31, true};
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    PlannerSettings settings = one_layer({});
    settings.seed = 9;
    settings.config.candidates = law;
    EXPECT_EQ(EvolutionPlanner(settings).request(point, state).strengths, std::nullopt)
        << "growth that looks at no gradient";
    EXPECT_FALSE(EvolutionPlanner(settings).replaces_steps());
    settings.config.grow.by_gradient = true;
    const EvolutionPlanner planner(settings);
    EXPECT_TRUE(planner.replaces_steps());
    const MeasureRequest request = planner.request(point, state);
    EXPECT_EQ(request.protected_cells, (std::vector<CellList>{{7, 8}, {}}));
    if (draws_by_strength(law)) {
      EXPECT_EQ(request.strengths, (StrengthRequest{law, 9, 31}));
    } else {
      EXPECT_EQ(request.strengths, std::nullopt);
    }
  }
}

TEST(EvolutionPlans, WantOneEntryPerLayer) {
  const EvolutionPlanner planner(one_layer({}));
  const EvolutionDecision decision = planner.decide({0, 10, false}, {});
  EXPECT_THROW(planner.plan(decision, std::vector<LayerMeasures>(1), {}, {}), std::logic_error);
  EvolutionState state;
  state.young.resize(3);
  EXPECT_THROW(planner.plan(decision, std::vector<LayerMeasures>(2), {}, state), std::logic_error);
}

}  // namespace
}  // namespace regrow

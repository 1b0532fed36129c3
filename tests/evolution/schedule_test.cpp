// When evolutions are due, and the curves of ζ and density: formulas written a second time.
#include "evolution/schedule.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace regrow {
namespace {

/// The steps after which evolutions of a run are due.
std::vector<std::uint64_t> due_steps(const EvolutionConfig& config, const TrainingSpan& span) {
  std::vector<std::uint64_t> due;
  const std::uint64_t all =
      std::uint64_t{span.steps_per_epoch} * static_cast<std::uint64_t>(span.epochs);
  for (std::uint64_t step = 0; step <= all; ++step) {
    if (is_evolution_due(config, span, step)) due.push_back(step);
  }
  return due;
}

using Steps = std::vector<std::uint64_t>;

TEST(EvolutionSchedule, IsEachEpochsEndButTheLastByDefault) {
  EXPECT_EQ(due_steps({}, {10, 4}), (Steps{10, 20, 30}));
}

TEST(EvolutionSchedule, CountsInEpochsOrInSteps) {
  EvolutionConfig config;
  config.evolve_every = {2, 0};
  EXPECT_EQ(due_steps(config, {10, 5}), (Steps{20, 40}));
  config.evolve_every = {0, 4};
  EXPECT_EQ(due_steps(config, {10, 2}), (Steps{4, 8, 12, 16}));
  config.evolve_every = {0, 10};
  EXPECT_EQ(due_steps(config, {10, 3}), due_steps({}, {10, 3}));
  config.evolve_every = {0, 31};
  EXPECT_EQ(due_steps(config, {10, 3}), Steps());
}

TEST(EvolutionSchedule, EndsBeforeTheShareOfTraining) {
  EvolutionConfig config;
  config.evolve_until = 0.75;
  EXPECT_EQ(due_steps(config, {10, 4}), (Steps{10, 20})) << "30 is T_end itself";
  config.evolve_every = {0, 9};
  EXPECT_EQ(due_steps(config, {10, 4}), (Steps{9, 18, 27}));
  config.evolution_epochs = 2;
  EXPECT_EQ(due_steps(config, {10, 4}), Steps{9}) << "T_end is 0.75 of two epochs";
}

TEST(EvolutionSchedule, EndsWhereTheShareAsADecimalSays) {
  // Each percentage of 100 epochs is a whole number of them; as binary fractions some are above.
  for (int percent = 1; percent <= 100; ++percent) {
    EvolutionConfig config;
    config.evolve_until = percent / 100.0;
    for (const std::uint32_t steps_per_epoch : {1U, 10U, 450U}) {
      const std::uint64_t end = std::uint64_t{steps_per_epoch} * static_cast<unsigned>(percent);
      EXPECT_EQ(schedule_end(config, {steps_per_epoch, 100}), static_cast<double>(end)) << percent;
      EXPECT_FALSE(is_evolution_due(config, {steps_per_epoch, 100}, end)) << percent;
    }
  }
  EvolutionConfig config;
  config.evolve_until = 0.333;
  EXPECT_DOUBLE_EQ(schedule_end(config, {10, 10}), 33.3) << "no whole number stays none";
}

TEST(EvolutionSchedule, HasNothingForMethodsThatNeverEvolve) {
  EvolutionConfig config;
  for (const Method method : {Method::kStatic, Method::kDense}) {
    config.method = method;
    EXPECT_EQ(due_steps(config, {10, 4}), Steps());
  }
}

TEST(EvolutionSchedule, PiecesEndAtIntervals) {
  EvolutionConfig config;
  config.evolve_every = {0, 4};
  EXPECT_EQ(steps_to_interval(config, {10, 2}, 0), 4U);
  EXPECT_EQ(steps_to_interval(config, {10, 2}, 3), 1U);
  EXPECT_EQ(steps_to_interval(config, {10, 2}, 4), 4U);
}

TEST(Curves, StartAndEndWhereTheyShould) {
  for (const Curve curve : {Curve::kLinear, Curve::kCosine, Curve::kExponential, Curve::kCubic}) {
    EXPECT_DOUBLE_EQ(curve_value(curve, 0.3, 0.02, 0), 0.3);
    EXPECT_NEAR(curve_value(curve, 0.3, 0.02, 1), 0.02, 1e-15);
  }
  EXPECT_EQ(curve_value(Curve::kConstant, 0.3, 0.02, 1), 0.3);
}

TEST(Curves, FollowTheirFormulas) {
  EXPECT_DOUBLE_EQ(curve_value(Curve::kLinear, 0.3, 0.1, 0.25), 0.25);
  // RigL: α/2·(1 + cos(πt/T)); at a third of the way 3/4 of α.
  EXPECT_NEAR(curve_value(Curve::kCosine, 0.3, 0, 1.0 / 3), 0.225, 1e-15);
  EXPECT_DOUBLE_EQ(curve_value(Curve::kExponential, 0.4, 0.1, 0.5), 0.2);
  // Zhu and Gupta: s_f + (s_i − s_f)(1 − t)³ of sparsities is the same of densities.
  EXPECT_DOUBLE_EQ(curve_value(Curve::kCubic, 1, 0.1, 0.5), 0.1 + 0.9 / 8);
}

RC_GTEST_PROP(Curves, NeverLeaveTheirEnds, ()) {
  const Curve curve =
      *rc::gen::element(Curve::kLinear, Curve::kCosine, Curve::kExponential, Curve::kCubic);
  const double first = *rc::gen::inRange(1, 1001) / 1000.0;
  const double last = *rc::gen::inRange(1, 1001) / 1000.0;
  const double at = *rc::gen::inRange(0, 1001) / 1000.0;
  const double value = curve_value(curve, first, last, at);
  RC_ASSERT(value >= std::min(first, last) - 1e-12);
  RC_ASSERT(value <= std::max(first, last) + 1e-12);
}

TEST(Zeta, IsRoundedToMillionths) {
  EvolutionConfig config;
  config.zeta_schedule = Curve::kCosine;
  // At 1/7 the fraction of a millionth is 0.3, at 1/5 it is 0.5 and more.
  for (const int part : {7, 5}) {
    const double zeta = 150000 * (1 + std::cos(std::numbers::pi / part));
    EXPECT_EQ(zeta_at(config, 1.0 / part), static_cast<std::uint32_t>(std::round(zeta)));
  }
  EXPECT_EQ(zeta_at(config, 0), 300000U);
  EXPECT_EQ(zeta_at(config, 1), 0U);
  config.zeta_schedule = Curve::kConstant;
  EXPECT_EQ(zeta_at(config, 1), 300000U);
}

TEST(Progress, OfTheDensityEndsWithTheLastEvolution) {
  EvolutionConfig config;
  EXPECT_EQ(last_evolution(config, {10, 4}), 30U);
  EXPECT_DOUBLE_EQ(density_progress(config, {10, 4}, 10), 1.0 / 3);
  EXPECT_EQ(density_progress(config, {10, 4}, 30), 1);
  config.evolve_every = {0, 7};
  config.evolve_until = 0.5;
  EXPECT_EQ(last_evolution(config, {10, 4}), 14U);
  EXPECT_EQ(density_progress(config, {10, 4}, 14), 1);
  config.evolve_every = {0, 21};
  EXPECT_EQ(last_evolution(config, {10, 4}), 0U);
  EXPECT_EQ(density_progress(config, {10, 4}, 5), 1) << "there is nothing to come";
}

TEST(Progress, IsTheShareOfTheWayToTheEnd) {
  EvolutionConfig config;
  config.evolve_until = 0.5;
  EXPECT_DOUBLE_EQ(schedule_progress(config, {10, 4}, 5), 0.25);
  EXPECT_DOUBLE_EQ(schedule_progress(config, {10, 4}, 39), 1);
}

}  // namespace
}  // namespace regrow

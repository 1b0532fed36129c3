// What an optimiser keeps, which mode a step takes, and what changes from step to step. The
// formulas themselves are held against PyTorch's numbers by the reference, and against the
// reference by every other back end.
#include "regrow/step/optimiser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace regrow {
namespace {

TEST(Slots, AreNamedByTheOptimiser) {
  for (const OptimiserKind kind : {OptimiserKind::kSgd, OptimiserKind::kNesterov}) {
    ASSERT_EQ(slot_count(kind), 1U);
    EXPECT_EQ(std::string(slot_names(kind)[0]), "momentum");
  }
  for (const OptimiserKind kind : {OptimiserKind::kAdam, OptimiserKind::kAdamW}) {
    ASSERT_EQ(slot_count(kind), 2U);
    EXPECT_EQ(std::string(slot_names(kind)[0]), "first_moment");
    EXPECT_EQ(std::string(slot_names(kind)[1]), "second_moment");
  }
}

TEST(UpdateModes, OnlyPlainSgdIsFused) {
  OptimiserSettings settings;
  EXPECT_EQ(update_mode(settings, 0), UpdateMode::kFused);
  EXPECT_EQ(update_mode(settings, 1), UpdateMode::kGradients) << "a norm is of all gradients";
  settings.kind = OptimiserKind::kNesterov;
  EXPECT_EQ(update_mode(settings, 0), UpdateMode::kGradients);
}

TEST(StepRates, CorrectAdamsMomentsByTheStepsSinceTheirStart) {
  OptimiserSettings settings;
  settings.kind = OptimiserKind::kAdam;
  const step::StepRates first = step::step_rates(settings, 0.5F, 1);
  EXPECT_EQ(first.learning_rate, 0.5F);
  EXPECT_FLOAT_EQ(first.first_correction, 10);
  EXPECT_FLOAT_EQ(first.second_correction, static_cast<float>(std::sqrt(1000.0)));
  const step::StepRates late = step::step_rates(settings, 0.5F, 1'000'000);
  EXPECT_EQ(late.first_correction, 1);
  EXPECT_EQ(late.second_correction, 1);
  settings.kind = OptimiserKind::kNesterov;
  EXPECT_EQ(step::step_rates(settings, 0.5F, 1).first_correction, 1);
}

TEST(StepsSinceReset, CountFromTheEpochWhereItResets) {
  OptimiserSettings settings;
  EXPECT_EQ(step::steps_since_reset(settings, 23, 10), 24U);
  settings.restarts_each_epoch = true;
  EXPECT_EQ(step::steps_since_reset(settings, 23, 10), 4U);
  EXPECT_EQ(step::steps_since_reset(settings, 20, 10), 1U);
}

TEST(ClipFactor, LeavesSmallGradientsAsTheyAre) {
  EXPECT_EQ(step::clip_factor(1, 0), 1);
  EXPECT_EQ(step::clip_factor(5, 16), 1);
  EXPECT_DOUBLE_EQ(step::clip_factor(1, 16), 1 / (4 + 1e-6));
}

TEST(Coefficients, DecayWeightsAlone) {
  OptimiserSettings settings;
  settings.weight_decay = 0.25;
  EXPECT_EQ(step::coefficients<double>(settings, true).weight_decay, 0.25);
  EXPECT_EQ(step::coefficients<double>(settings, false).weight_decay, 0);
  EXPECT_EQ(step::coefficients<double>(settings, true).momentum, 0.9);
  settings.kind = OptimiserKind::kAdam;
  settings.beta1 = 0.5;
  EXPECT_EQ(step::coefficients<double>(settings, true).momentum, 0.5);
}

TEST(Coefficients, RoundWhatIsLeftOfBetaOnce) {
  const auto of = step::coefficients<float>({.kind = OptimiserKind::kAdam}, true);
  EXPECT_EQ(of.square_share, static_cast<float>(1 - 0.999));
  EXPECT_NE(of.square_share, 1.0F - of.beta2) << "a difference of floats";
}

}  // namespace
}  // namespace regrow

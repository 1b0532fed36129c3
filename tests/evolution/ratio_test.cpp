// θ: the shape S, each method's formula, the normaliser of a loss, scale and clamp.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "evolution/records.h"

namespace regrow {
namespace {

using testing::history_of;
using testing::theta_of;

Config config_of(Method method, Measure measure) {
  Config config;
  config.method = method;
  config.measure = measure;
  return config;
}

double lset(const Config& config, std::initializer_list<double> losses) {
  return theta_of(config, history_of(&EpochRecord::loss, losses), 10);
}

TEST(Shaped, IsTheIdentityAtKZero) {
  for (const double x : {-1.0, -0.3, 0.0, 0.5, 1.0}) EXPECT_DOUBLE_EQ(shaped(x, 0), x);
}

TEST(Shaped, FollowsTheFormula) {
  EXPECT_DOUBLE_EQ(shaped(0.5, 0.5), 0.25);   // (0.5 − 0.25) / (0.5 − 0.5 + 1)
  EXPECT_DOUBLE_EQ(shaped(0.5, -0.5), 0.75);  // (0.5 + 0.25) / (−0.5 + 0.5 + 1)
  EXPECT_DOUBLE_EQ(shaped(0.25, 0.5), 0.1);   // 0.125 / (0.5 − 0.25 + 1)
  EXPECT_DOUBLE_EQ(shaped(-0.25, 0.5), -0.1);
}

TEST(Shaped, ClampsBeforeItsPole) {
  // At k = 0.8 the denominator is zero at |x| = 1.125.
  EXPECT_DOUBLE_EQ(shaped(1.125, 0.8), 1.0);
  EXPECT_DOUBLE_EQ(shaped(-1.125, 0.8), -1.0);
  EXPECT_DOUBLE_EQ(shaped(-7, 0.8), -1.0);
}

RC_GTEST_PROP(Shaped, IsOddRisingAndKeepsItsRange, ()) {
  const double k = *rc::gen::inRange(-999, 1000) / 1000.0;
  const double x = *rc::gen::inRange(-1500, 1501) / 1000.0;
  RC_ASSERT(shaped(-x, k) == -shaped(x, k));
  RC_ASSERT(std::abs(shaped(x, k)) <= 1 + 1e-12);
  RC_ASSERT(shaped(x, k) <= shaped(x + 0.01, k));
}

TEST(RegrowthRatio, OfSetIsOne) {
  EXPECT_EQ(theta_of(config_of(Method::kSet, Measure::kLoss),
                     history_of(&EpochRecord::loss, {2.3, 0.1}), 10),
            1.0);
}

TEST(RegrowthRatio, OfAccSetIsOneMinusTheAccuracyOfThisEpoch) {
  const Config config = config_of(Method::kAccSet, Measure::kValAcc);
  EXPECT_DOUBLE_EQ(theta_of(config, history_of(&EpochRecord::val_accuracy, {0.1, 0.65}), 10), 0.35);
}

TEST(RegrowthRatio, OfLsetIsTheLossOverItsFirst) {
  const Config config = config_of(Method::kLset, Measure::kLoss);
  EXPECT_EQ(lset(config, {2.3}), 1.0);
  EXPECT_DOUBLE_EQ(lset(config, {2.0, 9.0, 0.5}), 0.25);
}

TEST(RegrowthRatio, FollowsEachMeasureItself) {
  struct Case {
    Measure measure;
    double EpochRecord::*field;
    double theta;  // of the values 0.8, then 0.2
  };
  for (const Case& c : {Case{Measure::kLoss, &EpochRecord::loss, 0.25},
                        Case{Measure::kValLoss, &EpochRecord::val_loss, 0.25},
                        Case{Measure::kAcc, &EpochRecord::accuracy, 0.8},
                        Case{Measure::kValAcc, &EpochRecord::val_accuracy, 0.8}}) {
    EXPECT_DOUBLE_EQ(
        theta_of(config_of(Method::kDynSet, c.measure), history_of(c.field, {0.8, 0.2}), 10),
        c.theta);
  }
}

TEST(RegrowthRatio, ShapesByK) {
  Config config = config_of(Method::kAccSet, Measure::kValAcc);
  config.k = 0.5;
  EXPECT_DOUBLE_EQ(theta_of(config, history_of(&EpochRecord::val_accuracy, {0.5}), 10), 0.75);
}

TEST(RegrowthRatio, IsClampedToThetaMaxAfterScaling) {
  Config config = config_of(Method::kLset, Measure::kLoss);
  EXPECT_EQ(lset(config, {2.0, 3.0}), 1.0);
  config.theta_max = 1.2;
  EXPECT_DOUBLE_EQ(lset(config, {2.0, 3.0}), 1.2);
  config.theta_max = 9;
  EXPECT_DOUBLE_EQ(lset(config, {2.0, 3.0}), 1.5);
  EXPECT_DOUBLE_EQ(lset(config, {2.0, 8.0}), 2.0);  // x is clamped at −1
  config.theta_scale = 2;
  EXPECT_DOUBLE_EQ(lset(config, {2.0, 1.0}), 1.0);
  config.method = Method::kSet;
  EXPECT_DOUBLE_EQ(lset(config, {2.0, 1.0}), 2.0);
}

TEST(RegrowthRatio, NormalisesByTheConfiguredInitialLoss) {
  Config config = config_of(Method::kLset, Measure::kLoss);
  config.initial_loss.kind = InitialLoss::Kind::kLnClasses;
  EXPECT_DOUBLE_EQ(lset(config, {9.0, 1.0}), 1 / std::log(10.0));
  config.initial_loss = {InitialLoss::Kind::kValue, 2.5};
  EXPECT_DOUBLE_EQ(lset(config, {9.0, 1.0}), 0.4);
}

TEST(RegrowthRatio, BeforeTheFirstEpochIsRecordedIsThatOfNoProgress) {
  for (const Method method : {Method::kSet, Method::kAccSet, Method::kLset}) {
    Config config = config_of(method, method == Method::kLset ? Measure::kLoss : Measure::kValAcc);
    EXPECT_EQ(theta_of(config, {}), 1.0);
    config.theta_scale = 0.5;
    EXPECT_EQ(theta_of(config, {}), 0.5);
  }
}

TEST(RegrowthRatio, AFirstLossOfZeroIsNoDivisionByZero) {
  EXPECT_EQ(lset(config_of(Method::kLset, Measure::kLoss), {0.0, 0.0}), 1.0);
}

TEST(RegrowthRatio, IsNotDefinedWhereNothingEvolves) {
  EXPECT_THROW(lset(config_of(Method::kStatic, Measure::kLoss), {2.0}), std::logic_error);
  EXPECT_THROW(lset(config_of(Method::kDense, Measure::kLoss), {2.0}), std::logic_error);
  EXPECT_THROW(lset(config_of(Method::kLset, Measure::kAuto), {2.0}), std::logic_error);
}

}  // namespace
}  // namespace regrow

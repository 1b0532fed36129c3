// Settings that meet in one formula, all at once and at values where order and rounding matter: the
// formulas of θ, the pause and growth, written a second time and held against the policies at
// random settings.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "evolution/grow_count.h"
#include "evolution/records.h"

namespace regrow {
namespace {

using testing::history_of;
using testing::pauses_after;
using testing::theta_of;

struct MeasureCase {
  Measure measure;
  double EpochRecord::*field;
  bool is_loss;
};
constexpr std::array<MeasureCase, 4> kMeasureCases = {
    {{Measure::kLoss, &EpochRecord::loss, true},
     {Measure::kValLoss, &EpochRecord::val_loss, true},
     {Measure::kAcc, &EpochRecord::accuracy, false},
     {Measure::kValAcc, &EpochRecord::val_accuracy, false}}};

/// A multiple of a thousandth from 0 to `most`, thirds of it, or one of its ends: seldom whole.
double any_real(double most) {
  const double share = *rc::gen::inRange(0, 1001) / 1000.0;
  return *rc::gen::element(most * share, most * share / 3, 0.0, most);
}

/// Records whose four measures are all different.
std::vector<EpochRecord> any_history() {
  std::vector<EpochRecord> history(*rc::gen::inRange<std::size_t>(1, 12));
  for (EpochRecord& record : history) {
    for (const MeasureCase& each : kMeasureCases) {
      record.*each.field = any_real(each.is_loss ? 5.0 : 1.0);
    }
  }
  return history;
}

/// θ as settings define it: scaled, then bounded.
double expected_theta(const Config& config, const MeasureCase& measure,
                      const std::vector<EpochRecord>& history, double initial) {
  double shape = 0;
  if (config.method != Method::kSet) {
    const double now = history.back().*measure.field;
    double x = now;
    if (measure.is_loss) x = initial == 0 ? 0 : (initial - now) / initial;
    x = x < -1 ? -1 : x > 1 ? 1 : x;
    shape = x * (1 - config.k) / (1 + config.k * (1 - 2 * std::fabs(x)));
  }
  const double scaled = config.theta_scale - config.theta_scale * shape;
  const double not_negative = scaled < 0 ? 0 : scaled;
  return not_negative > config.theta_max ? config.theta_max : not_negative;
}

RC_GTEST_PROP(Combinations, ThetaFollowsAllItsSettings, ()) {
  const MeasureCase measure = *rc::gen::elementOf(kMeasureCases);
  const std::vector<EpochRecord> history = any_history();
  Config config;
  config.method = *rc::gen::element(Method::kSet, Method::kAccSet, Method::kLset, Method::kDynSet);
  config.measure = measure.measure;
  config.k = *rc::gen::element(0.0, *rc::gen::inRange(-990, 991) / 1000.0);
  config.theta_scale = any_real(3);
  config.theta_max = *rc::gen::element(1.0, any_real(2));
  config.initial_loss = *rc::gen::element(
      InitialLoss{InitialLoss::Kind::kFirst}, InitialLoss{InitialLoss::Kind::kLnClasses},
      InitialLoss{InitialLoss::Kind::kValue, 2.3}, InitialLoss{InitialLoss::Kind::kValue, 0.7});
  const std::uint32_t classes = *rc::gen::element(2U, 10U, 1000U);

  double initial = history.front().*measure.field;
  if (config.initial_loss.kind == InitialLoss::Kind::kLnClasses) initial = std::log(classes);
  if (config.initial_loss.kind == InitialLoss::Kind::kValue) initial = config.initial_loss.value;
  const double expected = expected_theta(config, measure, history, initial);
  const double theta = theta_of(config, history, classes);
  RC_ASSERT(theta <= config.theta_max);
  // Near its pole, at k → 1 and |x| → 1, S loses as many digits as 1/(1 − k) has.
  RC_ASSERT(std::fabs(theta - expected) <= 1e-11 * (1 + config.theta_scale));
}

// Scaled first, then bounded: the other order gives 0.5 and 1.6.
TEST(Combinations, ThetaIsBoundedAfterItIsScaled) {
  Config config;
  config.method = Method::kLset;
  config.measure = Measure::kLoss;
  config.theta_scale = 0.5;
  config.theta_max = 1;
  EXPECT_DOUBLE_EQ(theta_of(config, history_of(&EpochRecord::loss, {2.0, 3.0}), 10), 0.75);
  config.theta_scale = 2;
  config.theta_max = 0.8;
  EXPECT_DOUBLE_EQ(theta_of(config, history_of(&EpochRecord::loss, {2.0, 1.9}), 10), 0.8);
}

RC_GTEST_PROP(Combinations, APauseComparesTheEpochsThatItsSettingsName, ()) {
  const MeasureCase measure = *rc::gen::elementOf(kMeasureCases);
  const std::vector<EpochRecord> history = any_history();
  Config config;
  config.method = *rc::gen::element(Method::kSet, Method::kLset);
  config.pause = *rc::gen::element(measure.measure, Measure::kNone);
  config.pause_gap = *rc::gen::inRange(1, 8);
  config.pause_min_history = config.pause_gap + *rc::gen::inRange(1, 4);

  const auto seen = static_cast<std::int64_t>(history.size());
  bool expected = false;
  if (config.pause != Measure::kNone && seen >= config.pause_min_history) {
    const auto before = static_cast<std::size_t>(seen - 1 - config.pause_gap);
    const double rise = history.back().*measure.field - history[before].*measure.field;
    expected = measure.is_loss ? rise > 0 : rise < 0;
  }
  RC_ASSERT(pauses_after(config, history) == expected);
}

RC_GTEST_PROP(Combinations, GrowthRoundsUpWhateverItRefersTo, ()) {
  // In ninths: a product that is no whole number has a fraction of a ninth or more, which no
  // rounding of a double can hide; one that is whole is left out, for the double may lie above it.
  const std::uint64_t ninths = *rc::gen::inRange<std::uint64_t>(0, 25);
  DroppedLayer layer;
  layer.target = *rc::gen::inRange<std::uint64_t>(0, 5000);
  layer.dropped = *rc::gen::inRange<std::uint64_t>(0, 2700);
  layer.remaining = *rc::gen::inRange<std::uint64_t>(0, 5000);
  layer.eligible = *rc::gen::inRange<std::uint64_t>(0, 6000);
  const auto delta = *rc::gen::element(GrowDelta::kInitial, GrowDelta::kRemoved);

  std::uint64_t missing = layer.dropped;
  if (delta == GrowDelta::kInitial)
    missing = layer.target - std::min(layer.target, layer.remaining);
  RC_PRE(ninths * missing % 9 != 0 || ninths % 9 == 0);
  const std::uint64_t expected = std::min((ninths * missing + 8) / 9, layer.eligible);
  RC_ASSERT(grow_count(static_cast<double>(ninths) / 9, delta, layer) == expected);
}

}  // namespace
}  // namespace regrow

// The settings of the learning rate all at once: its formula, written a second time and held
// against the policy at random settings.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "regrow/config.h"
#include "regrow/learning_rate.h"

namespace regrow {
namespace {

/// The learning rate of an epoch and a step in it.
double expected_rate(const Config& config, std::uint64_t epoch, std::uint64_t step_in_epoch,
                     std::uint64_t steps) {
  const double epochs_done =
      static_cast<double>(epoch) + static_cast<double>(step_in_epoch) / static_cast<double>(steps);
  double rate = config.learning_rate;
  if (config.schedule == Schedule::kCosine) {
    double begin = 0;
    auto end = static_cast<double>(config.decay_epochs == 0 ? config.epochs : config.decay_epochs);
    for (const std::int64_t restart : config.restart_epochs) {
      const auto at = static_cast<double>(restart);
      if (at <= epochs_done) begin = at;
      if (at > epochs_done) end = std::min(end, at);
    }
    const double done = std::min(1.0, (epochs_done - begin) / (end - begin));
    const double half = std::cos(std::numbers::pi / 2 * done);
    rate *= half * half;  // cos²(x/2) = (1 + cos x)/2
  }
  if (config.schedule == Schedule::kStep) {
    for (std::int64_t e = config.step_epochs; e <= static_cast<std::int64_t>(epoch);
         e += config.step_epochs) {
      rate *= config.step_factor;
    }
  }
  const auto warm = static_cast<double>(config.warmup_epochs);
  const double risen = epochs_done + 1 / static_cast<double>(steps);  // with the step itself
  return risen < warm ? rate * risen / warm : rate;
}

RC_GTEST_PROP(RateCombinations, TheLearningRateFollowsScheduleWarmUpAndDecayTogether, ()) {
  Config config;
  config.learning_rate = *rc::gen::element(0.01, 0.3, 7.0);
  config.schedule = *rc::gen::element(Schedule::kConstant, Schedule::kCosine, Schedule::kStep);
  config.epochs = *rc::gen::inRange(1, 12);
  config.warmup_epochs = *rc::gen::inRange(0, 6);
  const bool ends_with_the_run = *rc::gen::arbitrary<bool>();
  config.decay_epochs = ends_with_the_run ? 0 : *rc::gen::inRange(1, 9);
  for (std::int64_t restart = 1; restart < config.epochs; ++restart) {
    const bool is_below_end = config.decay_epochs == 0 || restart < config.decay_epochs;
    if (is_below_end && *rc::gen::inRange(0, 3) == 0) config.restart_epochs.push_back(restart);
  }
  config.step_epochs = *rc::gen::inRange(1, 5);
  config.step_factor = *rc::gen::element(0.1, 1.0 / 3, 1.0);
  const auto steps = *rc::gen::inRange<std::uint32_t>(1, 9);
  const auto epoch = *rc::gen::inRange<std::uint32_t>(0, 14);  // a longer run's, too
  const auto step = *rc::gen::inRange<std::uint32_t>(0, steps);
  const double expected = expected_rate(config, epoch, step, steps);
  const float rate = learning_rate(config, std::uint64_t{epoch} * steps + step, steps);
  // Rounded to a float once; where the cosine is all but 0, to a hair of the rate's own size.
  RC_ASSERT(std::fabs(double{rate} - expected) <= 1e-7 * expected + 1e-15 * config.learning_rate);
}

}  // namespace
}  // namespace regrow

// When a run ends for want of a better epoch.
#include "regrow/early_stopping.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <vector>

#include "evolution/records.h"

namespace regrow {
namespace {

using testing::as_history;
using testing::history_of;

Config stopping(Measure monitor, std::int64_t patience, double min_delta = 0) {
  Config config;
  config.monitor = monitor;
  config.patience = patience;
  config.min_delta = min_delta;
  return config;
}

/// The number of epochs after which a run with these values of its monitor ends; 0: it does not.
std::size_t ends_after(const Config& config, double EpochRecord::*field,
                       const std::vector<double>& values) {
  for (std::size_t epochs = 1; epochs <= values.size(); ++epochs) {
    const auto records = history_of(field, std::span(values).first(epochs));
    const bool ends = stops_early(config, as_history(config, records));
    EXPECT_EQ(stops_early(config, std::span(records)), ends);
    if (ends) return epochs;
  }
  return 0;
}

TEST(EarlyStopping, EndsWherePatienceRunsOut) {
  const std::vector<double> accuracies = {0.1, 0.3, 0.2, 0.3, 0.25, 0.4, 0.4, 0.4, 0.4};
  const auto ends = [&](std::int64_t patience) {
    return ends_after(stopping(Measure::kValAcc, patience), &EpochRecord::val_accuracy, accuracies);
  };
  EXPECT_EQ(ends(1), 3U) << "the first epoch without an improvement";
  EXPECT_EQ(ends(3), 5U) << "an equal one is none";
  EXPECT_EQ(ends(4), 0U) << "the fourth after it is better";
  EXPECT_EQ(ends_after(stopping(Measure::kValAcc, 4), &EpochRecord::val_accuracy,
                       {0.1, 0.3, 0.2, 0.3, 0.25, 0.4, 0.4, 0.4, 0.4, 0.4}),
            10U);
  EXPECT_EQ(ends(0), 0U) << "0: never";
}

TEST(EarlyStopping, GoesByItsMonitor) {
  // What is better for one is worse for the other.
  const std::vector<double> rising = {1, 2, 3, 4, 5}, falling = {5, 4, 3, 2, 1};
  const auto ends = [](Measure monitor, double EpochRecord::*field, const auto& values) {
    return ends_after(stopping(monitor, 2), field, values);
  };
  EXPECT_EQ(ends(Measure::kAcc, &EpochRecord::accuracy, rising), 0U);
  EXPECT_EQ(ends(Measure::kAcc, &EpochRecord::accuracy, falling), 3U);
  EXPECT_EQ(ends(Measure::kValAcc, &EpochRecord::val_accuracy, rising), 0U);
  EXPECT_EQ(ends(Measure::kLoss, &EpochRecord::loss, falling), 0U);
  EXPECT_EQ(ends(Measure::kLoss, &EpochRecord::loss, rising), 3U);
  EXPECT_EQ(ends(Measure::kValLoss, &EpochRecord::val_loss, rising), 3U);
  EXPECT_EQ(ends(Measure::kValLoss, &EpochRecord::accuracy, rising), 3U) << "another field";
}

TEST(EarlyStopping, TakesLessThanMinDeltaForNoImprovement) {
  // In sixteenths, which are exact. Each step is one, so two steps together are more than one.
  const std::vector<double> losses = {1, 0.9375, 0.875, 0.8125, 0.75, 0.6875};
  const auto ends = [&](double min_delta, std::int64_t patience) {
    return ends_after(stopping(Measure::kLoss, patience, min_delta), &EpochRecord::loss, losses);
  };
  EXPECT_EQ(ends(0.03125, 1), 0U);
  EXPECT_EQ(ends(0.0625, 1), 2U) << "no more than min_delta";
  EXPECT_EQ(ends(0.0625, 2), 0U) << "small steps add up, since the last improvement";
  EXPECT_EQ(ends(0.125, 2), 3U);
  EXPECT_EQ(ends(0.125, 3), 0U);
}

TEST(EarlyStopping, KnowsTheLastImprovement) {
  const Config config = stopping(Measure::kLoss, 9, 0.25);
  const auto records = history_of(&EpochRecord::loss, {4, 3.9, 3.5, 3.3, 3.4});
  const History history = as_history(config, records);
  EXPECT_EQ(history.improved, (Improvement{2, 3.5}));
  EXPECT_EQ(history.best.epoch, 3U) << "the best one is another";
  std::optional<Improvement> improved;
  for (const EpochRecord& record : records) improved = improvement_after(config, improved, record);
  EXPECT_EQ(improved, history.improved);
}

/// In plain words: the first epoch of which, and of the `patience` - 1 before it, none is an
/// improvement.
RC_GTEST_PROP(EarlyStopping, IsAsInPlainWords, ()) {
  const auto patience = *rc::gen::inRange<std::int64_t>(1, 5);
  const double min_delta = *rc::gen::element(0.0, 1.0, 2.0);
  const auto whole =
      *rc::gen::container<std::vector<int>>(*rc::gen::inRange(1, 12), rc::gen::inRange(0, 6));
  const std::vector<double> values(whole.begin(), whole.end());
  std::size_t expected = 0;
  double improved = values.front();
  std::int64_t without = 0;
  for (std::size_t epoch = 1; epoch < values.size() && expected == 0; ++epoch) {
    if (values[epoch] > improved + min_delta) {
      improved = values[epoch];
      without = 0;
    } else if (++without == patience) {
      expected = epoch + 1;
    }
  }
  RC_ASSERT(ends_after(stopping(Measure::kValAcc, patience, min_delta), &EpochRecord::val_accuracy,
                       values) == expected);
}

}  // namespace
}  // namespace regrow

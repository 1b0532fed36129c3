// Rows against their baselines: over which seeds, and which tests are made.
#include "study/comparisons.h"

#include <gtest/gtest.h>

#include "study/study_support.h"

namespace regrow::tests {
namespace {

TEST(Comparison, IsPairedOverTheSeedsThatBothHave) {
  const auto rows =
      group_by_settings(
          {result_with({{"method", "set"}, {"seed", "1"}}, 0.50),
           result_with({{"method", "set"}, {"seed", "2"}}, 0.60),
           result_with({{"method", "set"}, {"seed", "9"}}, 0.99),
           result_with({{"method", "set"}, {"seed", "3"}}, 0.70),
           result_with({{"method", "lset"}, {"seed", "3"}}, 0.71),
           result_with({{"method", "lset"}, {"seed", "2"}}, 0.62),
           result_with({{"method", "lset"}, {"seed", "1"}}, 0.53),
           // The same seed with another hold-out is another pair.
           result_with({{"method", "lset"}, {"seed", "9"}, {"data_seed", "9"}}, 0.10)})
          .rows;
  const Comparison comparison = compare(rows[1], rows[0], Quantity::kAccuracy);
  const PairedTest& test = comparison.paired;
  EXPECT_EQ(test.n, 3U);
  EXPECT_NEAR(test.mean_difference, 0.02, 1e-12);
  EXPECT_NEAR(compare(rows[1], rows[0], Quantity::kLoss).paired.mean_difference, -0.02, 1e-12);
  EXPECT_EQ(compare(rows[1], rows[0], Quantity::kTheta).paired.n, 0U);
  EXPECT_FALSE(compare(rows[1], rows[0], Quantity::kTheta).welch.difference);
  // Over all: (0.53 + 0.62 + 0.71 + 0.10)/4 − (0.50 + 0.60 + 0.70 + 0.99)/4.
  EXPECT_NEAR(comparison.welch.difference.value(), -0.2075, 1e-12);
  // numpy.corrcoef([0.53, 0.62, 0.71], [0.5, 0.6, 0.7])
  EXPECT_NEAR(comparison.correlation.value(), 1, 1e-12);
}

/// Of one method, with an accuracy a seed; the seeds begin with `first`.
std::vector<RunResult> runs_of(const char* method, const std::vector<double>& accuracies,
                               int first = 1) {
  std::vector<RunResult> runs;
  for (const double accuracy : accuracies) {
    const std::string seed = std::to_string(first++);
    runs.push_back(result_with({{"method", method}, {"seed", seed.c_str()}}, accuracy));
  }
  return runs;
}

GroupedRuns study_of(std::initializer_list<std::vector<RunResult>> rows) {
  std::vector<RunResult> runs;
  for (const auto& row : rows) runs.insert(runs.end(), row.begin(), row.end());
  return group_by_settings(std::move(runs));
}

TEST(Comparison, NeedsNoPairsForWelchs) {
  const auto study =
      study_of({runs_of("set", {0.5, 0.6, 0.7}), runs_of("lset", {0.6, 0.7, 0.9}, 11)});
  const Comparison comparison = compare(study.rows[1], study.rows[0], Quantity::kAccuracy);
  EXPECT_EQ(comparison.paired.n, 0U);
  EXPECT_FALSE(comparison.paired.p);
  EXPECT_FALSE(comparison.correlation);
  // scipy.stats.ttest_ind([.6, .7, .9], [.5, .6, .7], equal_var=False)
  EXPECT_NEAR(comparison.welch.p.value(), 0.28462717876142196, 1e-12);
}

TEST(Comparison, NeedsThreeSeeds) {
  const auto study = study_of({runs_of("set", {0.5, 0.6, 0.7}), runs_of("lset", {0.6, 0.9})});
  const Comparison comparison = compare(study.rows[1], study.rows[0], Quantity::kAccuracy);
  EXPECT_EQ(comparison.paired.n, 2U);
  EXPECT_TRUE(comparison.paired.standard_error);
  EXPECT_FALSE(comparison.paired.p);
  EXPECT_FALSE(comparison.paired.half_width);
  EXPECT_FALSE(comparison.correlation);
  EXPECT_TRUE(comparison.welch.standard_error);
  EXPECT_FALSE(comparison.welch.p);
}

// The losses are 1 − accuracy, so that they have the p of the accuracies: four tests, two p.
TEST(Comparisons, AreCorrectedOverAllRowsAndQuantities) {
  const auto study =
      study_of({runs_of("set", {0.50, 0.60, 0.70}), runs_of("accset", {0.52, 0.63, 0.71}),
                runs_of("lset", {0.60, 0.71, 0.805})});
  const auto all = compare_all(study.rows, BaselineKind::kSet, std::nullopt);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].row, &study.rows[1]);
  EXPECT_EQ(all[1].quantity, Quantity::kLoss);
  EXPECT_EQ(all[2].row, &study.rows[2]);
  for (const Comparison& each : all) EXPECT_EQ(each.baseline, study.rows.data());
  EXPECT_EQ(count_of(all, &Comparison::paired_holm), 4U);
  EXPECT_EQ(count_of(all, &Comparison::welch_holm), 4U);
  const double smaller = std::min(all[2].paired.p.value(), all[3].paired.p.value());
  EXPECT_NEAR(std::min(all[2].paired_holm.value(), all[3].paired_holm.value()) / smaller, 4, 1e-9);
  EXPECT_NEAR(all[0].paired_holm.value() / all[0].paired.p.value(), 2, 1e-9);
  EXPECT_EQ(count_of(all, &Comparison::non_inferior_holm), 0U) << "without a margin";
}

TEST(Comparisons, WithoutATestDoNotCount) {
  const auto study =
      study_of({runs_of("set", {0.50, 0.60, 0.70}), runs_of("accset", {0.50, 0.60, 0.70}),
                runs_of("lset", {0.60, 0.71, 0.805})});
  const auto all = compare_all(study.rows, BaselineKind::kSet, 0.3);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(count_of(all, &Comparison::paired_holm), 2U);
  EXPECT_FALSE(all[0].paired_holm) << "equal values";
  EXPECT_EQ(count_of(all, &Comparison::welch_holm), 4U) << "which vary over the seeds";
  EXPECT_EQ(count_of(all, &Comparison::non_inferior_holm), 1U) << "of accuracies alone";
}

// Two points below the baseline, but for chance.
TEST(Comparisons, OfNonInferiorityAreInPointsOfAccuracy) {
  const auto study =
      study_of({runs_of("set", {0.50, 0.60, 0.70}), runs_of("lset", {0.4810, 0.5800, 0.6790})});
  const auto p = [&](double margin) {
    const auto all = compare_all(study.rows, BaselineKind::kSet, margin);
    EXPECT_FALSE(all[1].non_inferior) << "the loss";
    return all[0].non_inferior.value();
  };
  EXPECT_GT(p(0), 0.99);
  EXPECT_NEAR(p(2), 0.5, 1e-9);
  EXPECT_LT(p(3), 0.01);
}

}  // namespace
}  // namespace regrow::tests

// The rows of a study against their baselines: how large the differences are, and how surely they
// are not due to chance.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "statistics/paired_t_test.h"
#include "statistics/welch_t_test.h"
#include "study/baseline.h"
#include "study/rows.h"

namespace regrow {

/// What is compared.
inline constexpr std::array kComparedQuantities = {Quantity::kAccuracy, Quantity::kLoss};

/// Of fewer pairs, or seeds of a row, a test and a correlation would say next to nothing: they are
/// absent.
inline constexpr std::size_t kFewestSeeds = 3;

/// Of quantity(row) − quantity(baseline).
struct Comparison {
  const Row* row = nullptr;
  const Row* baseline = nullptr;
  Quantity quantity = Quantity::kAccuracy;

  PairedTest paired;                  // over the seeds that both have
  std::optional<double> correlation;  // of these pairs
  WelchTest welch;                    // over all seeds of each

  /// Holm's correction over all comparisons that the test was made in.
  std::optional<double> paired_holm;
  std::optional<double> welch_holm;

  /// Of the accuracy, where a margin was given: of the paired test that the row is not worse than
  /// the baseline by the margin. Its correction is over the study's comparisons of accuracies.
  std::optional<double> non_inferior;
  std::optional<double> non_inferior_holm;
};

/// Without a correction and a margin.
Comparison compare(const Row& row, const Row& baseline, Quantity quantity);

/// Each row that has a baseline, in each of kComparedQuantities: the rows in their order, the
/// quantities of a row together. `margin`: in points of accuracy.
std::vector<Comparison> compare_all(std::span<const Row> rows, BaselineKind kind,
                                    std::optional<double> margin);

/// In how many of them a test was made.
std::size_t count_of(std::span<const Comparison> comparisons,
                     std::optional<double> Comparison::*corrected);

}  // namespace regrow

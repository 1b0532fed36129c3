// Two things measured on the same seeds: their mean difference, and how surely it is none of
// chance.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace regrow {

struct PairedTest {
  std::size_t n = 0;                     // pairs
  double mean_difference = 0;            // 0 where n = 0
  std::optional<double> standard_error;  // of the mean difference; absent where n < 2
  /// Two-sided, of Student's paired t-test with n − 1 degrees of freedom. Absent where n < 2, where
  /// all differences are equal but for rounding (t has no value then) and where one is not finite.
  std::optional<double> p;
  /// The 95 % confidence interval is the mean difference ± this. Absent where p is.
  std::optional<double> half_width;
};

/// Of the differences, one a pair. `magnitude`: of what was subtracted, which is where they were
/// rounded; nothing: they are exact.
PairedTest paired_t_test(std::span<const double> differences, double magnitude = 0);

/// One-sided, against the hypothesis that the true mean difference is −margin or less, by the same
/// paired t-test: a small p says that the first is not worse than the second by `margin`; with a
/// margin of 0, that it is better. Absent where the two-sided p is.
std::optional<double> non_inferiority_p(const PairedTest& test, double margin);

}  // namespace regrow

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
};

/// Of the differences, one a pair.
PairedTest paired_t_test(std::span<const double> differences);

}  // namespace regrow

// Two things measured on samples of their own: the difference of their means, and how surely it is
// not due to chance. It asks neither for pairs nor for equal variances.
#pragma once

#include <optional>

#include "statistics/moments.h"

namespace regrow {

struct WelchTest {
  std::optional<double> difference;      // of the means, a − b; absent where a sample is empty
  std::optional<double> standard_error;  // absent where a sample has less than two values
  std::optional<double> degrees_of_freedom;  // by Welch and Satterthwaite; absent where p is
  /// Two-sided. Absent where there is no standard error, where neither sample varies but for
  /// rounding (t has no value then) and where a value is not finite.
  std::optional<double> p;
};

WelchTest welch_t_test(const Moments& a, const Moments& b);

}  // namespace regrow

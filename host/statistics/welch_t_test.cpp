// Welch's t-test: Student's for samples whose variances may differ.
#include "statistics/welch_t_test.h"

#include <algorithm>
#include <cmath>

#include "statistics/students_t.h"

namespace regrow {

WelchTest welch_t_test(const Moments& a, const Moments& b) {
  WelchTest test;
  if (a.n == 0 || b.n == 0) return test;
  test.difference = a.mean - b.mean;
  if (!a.standard_deviation || !b.standard_deviation) return test;
  const auto variance_of_mean = [](const Moments& of) {
    return *of.standard_deviation * *of.standard_deviation / static_cast<double>(of.n);
  };
  const double of_a = variance_of_mean(a);
  const double of_b = variance_of_mean(b);
  test.standard_error = std::sqrt(of_a + of_b);
  const double noise = kRounding * std::max(std::abs(a.mean), std::abs(b.mean));
  if (!std::isfinite(*test.standard_error) || *test.standard_error <= noise) return test;
  // As shares of their sum, whose squares do not underflow.
  const double share_a = of_a / (of_a + of_b);
  const double share_b = of_b / (of_a + of_b);
  test.degrees_of_freedom = 1 / (share_a * share_a / (static_cast<double>(a.n) - 1) +
                                 share_b * share_b / (static_cast<double>(b.n) - 1));
  test.p = two_sided_p(*test.difference / *test.standard_error, *test.degrees_of_freedom);
  return test;
}

}  // namespace regrow

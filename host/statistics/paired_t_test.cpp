// Student's paired t-test: the one-sample test of the differences.
#include "statistics/paired_t_test.h"

#include <algorithm>
#include <cmath>

#include "statistics/moments.h"
#include "statistics/students_t.h"

namespace regrow {

PairedTest paired_t_test(std::span<const double> differences, double magnitude) {
  const Moments of_differences = moments(differences);
  PairedTest test;
  test.n = of_differences.n;
  test.mean_difference = of_differences.mean;
  if (!of_differences.standard_deviation) return test;
  const auto n = static_cast<double>(test.n);
  test.standard_error = *of_differences.standard_deviation / std::sqrt(n);
  const double noise = kRounding * std::max(std::abs(test.mean_difference), magnitude);
  if (!std::isfinite(*test.standard_error) || *test.standard_error <= noise) return test;
  test.p = two_sided_p(test.mean_difference / *test.standard_error, n - 1);
  test.half_width = critical_t(0.05, n - 1) * *test.standard_error;
  return test;
}

std::optional<double> non_inferiority_p(const PairedTest& test, double margin) {
  if (!test.p) return std::nullopt;
  const double t = (test.mean_difference + margin) / *test.standard_error;
  return upper_tail_p(t, static_cast<double>(test.n) - 1);
}

}  // namespace regrow

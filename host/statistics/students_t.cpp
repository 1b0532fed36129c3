// Student's t distribution by the regularised incomplete beta function. The standard library has
// none, and those that have one are GPL or bring 138 MB of headers.
#include "statistics/students_t.h"

#include <cmath>
#include <initializer_list>

namespace regrow {
namespace {

/// The continued fraction of I_x(a, b) (Abramowitz & Stegun 26.5.8) by Lentz' method; converges
/// fast where x < (a + 1)/(a + b + 2).
double continued_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;  // stands for 0 where there is a division by it
  constexpr double kPrecision = 1e-16;
  constexpr int kMostTerms = 10000;
  const auto not_zero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double factor = 1;
    for (const double coefficient : {even, odd}) {
      d = 1 / not_zero(1 + coefficient * d);
      c = not_zero(1 + coefficient / c);
      factor = c * d;
      fraction *= factor;
    }
    if (std::abs(factor - 1) < kPrecision) break;
  }
  return fraction;
}

/// I_x(a, b). `rest` is 1 − x, which the caller knows without cancellation.
double incomplete_beta(double x, double rest, double a, double b) {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log(rest));
  if (x < (a + 1) / (a + b + 2)) return front * continued_fraction(x, a, b) / a;
  return 1 - front * continued_fraction(rest, b, a) / b;
}

}  // namespace

double two_sided_p(double t, double degrees_of_freedom) {
  if (std::isnan(t)) return t;
  // x = ν/(ν + t²), written so that no square overflows.
  const double ratio = t / std::sqrt(degrees_of_freedom);
  const double scale = std::hypot(1, ratio);
  const double x = 1 / scale / scale;
  const double rest = std::isinf(ratio) ? 1 : (ratio / scale) * (ratio / scale);
  return incomplete_beta(x, rest, degrees_of_freedom / 2, 0.5);
}

double upper_tail_p(double t, double degrees_of_freedom) {
  const double both = two_sided_p(t, degrees_of_freedom);
  return t > 0 ? both / 2 : 1 - both / 2;
}

double critical_t(double p, double degrees_of_freedom) {
  double below = 0;
  double above = 1;
  while (two_sided_p(above, degrees_of_freedom) > p) {
    below = above;
    above *= 2;
  }
  for (;;) {
    const double middle = below + (above - below) / 2;
    if (middle <= below || middle >= above) return middle;
    (two_sided_p(middle, degrees_of_freedom) > p ? below : above) = middle;
  }
}

}  // namespace regrow

// Mean and standard deviation of a sample.
#include "statistics/moments.h"

#include <cmath>

namespace regrow {

Moments moments(std::span<const double> values) {
  Moments result;
  result.n = values.size();
  if (values.empty()) return result;
  const auto n = static_cast<double>(values.size());
  // Distances from the first value: equal values have exactly their mean, and deviation 0.
  double sum = 0;
  for (const double value : values) sum += value - values.front();
  result.mean = values.front() + sum / n;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) {
    squares += (value - result.mean) * (value - result.mean);
  }
  result.standard_deviation = std::sqrt(squares / (n - 1));
  return result;
}

}  // namespace regrow

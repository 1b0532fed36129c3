// Pearson's correlation.
#include "statistics/correlation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "statistics/moments.h"

namespace regrow {

std::optional<double> correlation(std::span<const std::pair<double, double>> pairs) {
  std::vector<double> first;
  std::vector<double> second;
  for (const auto& [a, b] : pairs) {
    first.push_back(a);
    second.push_back(b);
  }
  const Moments of_first = moments(first);
  const Moments of_second = moments(second);
  for (const Moments& of : {of_first, of_second}) {
    if (!of.standard_deviation || !std::isfinite(*of.standard_deviation) ||
        *of.standard_deviation <= kRounding * std::abs(of.mean)) {
      return std::nullopt;
    }
  }
  double sum = 0;  // of products of standard scores
  for (const auto& [a, b] : pairs) {
    sum += (a - of_first.mean) / *of_first.standard_deviation *
           ((b - of_second.mean) / *of_second.standard_deviation);
  }
  return std::clamp(sum / (static_cast<double>(pairs.size()) - 1), -1.0, 1.0);
}

}  // namespace regrow

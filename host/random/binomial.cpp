// Probabilities relative to the mode's, by the ratio P(k+1)/P(k) = (n−k)/(k+1)·p/(1−p) outwards
// from it, summed and inverted. Only + − × ÷ occur, which IEEE 754 rounds the same everywhere;
// lgamma, log and exp differ between libraries. The law is exact but for the rounding of one
// product per step (relative 1e-12 for millions of trials) and the tails, cut where a term
// falls below 2^-80 of the mode's, far beneath the 2^-53 that the uniform resolves.
#include "random/binomial.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr double kNegligible = 0x1p-80;

}  // namespace

std::uint64_t binomial_quantile(std::uint64_t trials, double probability, double uniform) {
  REGROW_CHECK(probability >= 0 && probability <= 1, "a probability lies in [0, 1]");
  REGROW_CHECK(uniform >= 0 && uniform < 1, "a uniform lies in [0, 1)");
  if (probability == 0 || trials == 0) return 0;
  if (probability == 1) return trials;

  const double odds = probability / (1 - probability);
  const auto ratio_above = [&](std::uint64_t k) {  // P(k+1) / P(k)
    return static_cast<double>(trials - k) / static_cast<double>(k + 1) * odds;
  };
  const auto mode =
      std::min(trials, static_cast<std::uint64_t>((static_cast<double>(trials) + 1) * probability));

  std::vector<double> mass;  // of mode, mode − 1, …; then reversed and continued upwards
  double term = 1;
  for (std::uint64_t k = mode; term > kNegligible; --k) {
    mass.push_back(term);
    if (k == 0) break;
    term /= ratio_above(k - 1);
  }
  const std::uint64_t lowest = mode + 1 - mass.size();
  std::reverse(mass.begin(), mass.end());
  term = 1;
  for (std::uint64_t k = mode; k < trials; ++k) {
    term *= ratio_above(k);
    if (term <= kNegligible) break;
    mass.push_back(term);
  }

  const double target = uniform * std::accumulate(mass.begin(), mass.end(), 0.0);
  double cumulated = 0;
  std::uint64_t steps = 0;
  while (steps + 1 < mass.size() && (cumulated += mass[steps]) <= target) ++steps;
  return lowest + steps;
}

}  // namespace regrow

#include "evolution/candidate_draws.h"

#include <algorithm>
#include <cmath>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr double kStrongest = 0x1p32;

}  // namespace

std::vector<std::uint64_t> running_sums(std::span<const double> strengths) {
  REGROW_CHECK(!strengths.empty(), "a layer has neurons");
  const bool are_finite = std::all_of(strengths.begin(), strengths.end(),
                                      [](double strength) { return std::isfinite(strength); });
  const double strongest = *std::max_element(strengths.begin(), strengths.end());
  const bool are_alike = !are_finite || strongest <= 0;
  std::vector<std::uint64_t> sums;
  sums.reserve(strengths.size());
  std::uint64_t sum = 0;
  for (const double strength : strengths) {
    sum += are_alike ? 1 : static_cast<std::uint64_t>(strength / strongest * kStrongest);
    sums.push_back(sum);
  }
  return sums;
}

CandidateDraws candidate_draws(CandidateLaw law, double ratio, std::uint64_t connections,
                               const NeuronStrengths& strengths) {
  CandidateDraws draws;
  if (law == CandidateLaw::kAll) return draws;
  draws.count = static_cast<std::uint64_t>(std::llround(ratio * static_cast<double>(connections)));
  if (!draws_by_strength(law)) return draws;
  draws.inputs = running_sums(strengths.inputs);
  draws.outputs = running_sums(strengths.outputs);
  return draws;
}

}  // namespace regrow

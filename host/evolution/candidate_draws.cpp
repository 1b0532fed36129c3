#include "evolution/candidate_draws.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr double kStrongest = 0x1p32;

}  // namespace

std::vector<std::uint64_t> running_sums(std::span<const double> strengths) {
  double strongest = 0;
  for (const double strength : strengths) {
    // Once it is no number it stays so.
    strongest = std::isfinite(strength) ? std::max(strongest, strength)
                                        : std::numeric_limits<double>::quiet_NaN();
    if (std::isnan(strongest)) break;
  }
  const bool are_alike = !(strongest > 0);
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
  REGROW_CHECK(!strengths.inputs.empty() && !strengths.outputs.empty(),
               "draws by strength need the neurons' strengths");
  draws.inputs = running_sums(strengths.inputs);
  draws.outputs = running_sums(strengths.outputs);
  return draws;
}

}  // namespace regrow

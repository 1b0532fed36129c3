// How many cells of a layer are scored by their gradient, and by which law they are drawn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regrow/evolution/candidates.h"

namespace regrow {

/// Of a layer with `connections` before its drop: ratio·connections draws, rounded, by a law that
/// draws. strengths: of its neurons, where the law needs them.
CandidateDraws candidate_draws(CandidateLaw law, double ratio, std::uint64_t connections,
                               const NeuronStrengths& strengths);

/// Running sums of whole-numbered weights in proportion to the strengths, the strongest neuron's
/// 2^32. Where none is above 0, or one is no number, all weigh alike.
std::vector<std::uint64_t> running_sums(std::span<const double> strengths);

}  // namespace regrow

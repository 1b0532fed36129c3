// The regrowth ratio θ: which share of the missing connections grows back (Algorithms 1 and 2 of
// the thesis).
#pragma once

#include <cstdint>

#include "regrow/evolution/evolution_config.h"
#include "regrow/evolution/history.h"

namespace regrow {

/// S(x, k) = (x − x·k) / (k − 2k|x| + 1), x clamped to [−1, 1], k in (−1, 1).
double shaped(double x, double k);

/// L_0: the normaliser of the loss that steers θ, in nats. Throws std::logic_error where that is
/// the first epoch's and there is none yet.
double initial_loss(const EvolutionConfig& config, const History& history, std::uint32_t classes);

/// θ = clamp(theta_scale·(1 − S), 0, theta_max) after the epoch `history.last`, where S is 0 of a
/// method that no measure steers, and before the first epoch has been recorded. Throws
/// std::logic_error for methods that never evolve.
double regrowth_ratio(const EvolutionConfig& config, const History& history, std::uint32_t classes);

}  // namespace regrow

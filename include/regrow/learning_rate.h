// The learning rate of every step, as a function of the settings.
#pragma once

#include <cstdint>

#include "regrow/training_config.h"

namespace regrow {

/// The one of a schedule's cosines that an epoch is in: from its full rate to 0. After the last
/// one's end the rate stays 0.
struct CosinePiece {
  std::int64_t begin = 0;  // its first epoch
  std::int64_t end = 0;    // the first that is not its own
};
CosinePiece cosine_piece(const TrainingConfig& config, std::int64_t epoch);

/// The learning rate of `step` (counted from the run's start).
float learning_rate(const TrainingConfig& config, std::uint64_t step,
                    std::uint32_t steps_per_epoch);

}  // namespace regrow

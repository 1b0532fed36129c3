// Why training diverges, and what to do about it.
#pragma once

#include <optional>
#include <string>

#include "regrow/training_config.h"

namespace regrow {

/// What to do about weights or losses that are not finite any more, by the likeliest cause: "start
/// a new run with a lower --learning-rate, now 0.1".
std::string divergence_remedy(const TrainingConfig& config);
/// A line where weight decay alone must make the weights grow without end; nothing elsewhere.
std::optional<std::string> certain_divergence(const TrainingConfig& config);

}  // namespace regrow

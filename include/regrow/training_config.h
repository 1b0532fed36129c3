// The settings of training: section [training] of a configuration.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/augmentation.h"

namespace regrow {

enum class MomentumReset : std::uint8_t { kEpoch, kGrown, kNever };
enum class Schedule : std::uint8_t { kConstant, kCosine, kStep };

struct TrainingConfig {
  std::int64_t epochs = 100;
  std::int64_t seed = 0;
  std::int64_t batch = 100;
  double learning_rate = 0.01;
  Schedule schedule = Schedule::kConstant;
  std::int64_t warmup_epochs = 0;  // linear from 0 to the schedule's value
  std::int64_t decay_epochs = 0;   // cosine: length; 0 means `epochs`
  // Cosine: after so many epochs each it starts again.
  std::vector<std::int64_t> restart_epochs;
  std::int64_t step_epochs = 100;  // step: every so many epochs …
  double step_factor = 0.1;        // … the rate is multiplied by this
  double momentum = 0.9;
  MomentumReset momentum_reset = MomentumReset::kGrown;
  double weight_decay = 0;
  bool augment = true;
  double rotate_degrees = 10;
  double shift_fraction = 0.1;
  double flip_probability = 0.5;
  Interpolation interpolation = Interpolation::kBilinear;

  bool operator==(const TrainingConfig&) const = default;
};

}  // namespace regrow

// The settings of training: section [training] of a configuration.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/augmentation.h"
#include "regrow/step/loss.h"
#include "regrow/step/optimiser.h"

namespace regrow {

/// When the optimiser's slots (its momentum, or its moments) are set to 0: all of them at each
/// epoch's start, those of connections as they grow, or never.
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
  OptimiserKind optimiser = OptimiserKind::kSgd;
  double momentum = 0.9;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double adam_epsilon = 1e-8;
  MomentumReset momentum_reset = MomentumReset::kGrown;
  double weight_decay = 0;
  double clip_norm = 0;  // 0: gradients are not clipped
  LossKind loss = LossKind::kCrossEntropy;
  double label_smoothing = 0;
  ClassWeights class_weight;
  bool augment = true;
  double rotate_degrees = 10;
  double shift_fraction = 0.1;
  double flip_probability = 0.5;
  Interpolation interpolation = Interpolation::kBilinear;

  bool operator==(const TrainingConfig&) const = default;
};

}  // namespace regrow

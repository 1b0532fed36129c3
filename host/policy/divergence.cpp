// Why training diverges. Weight decay alone makes of a weight w, step by step, by sgd: v ← μ·v −
// η·λ·w and w ← w + v, whose size grows without end where η·λ > 2·(1 + μ), and whose sign flips at
// every step from η·λ = 1 on (μ = 0). By nesterov the former is 2·(1 + μ)/(1 + 2·μ), where the
// larger root of the recurrence reaches −1; by adamw, w ← w·(1 − η·λ), it is 2. Adam divides the
// decay by its size.
#include "regrow/divergence.h"

#include <fmt/format.h>

namespace regrow {
namespace {

double decay_of_a_step(const TrainingConfig& config) {
  return config.learning_rate * config.weight_decay;
}

bool has_momentum(const TrainingConfig& config) { return slot_count(config.optimiser) == 1; }

/// The η·λ above which the weights grow without end, if there is one.
std::optional<double> most_decay(const TrainingConfig& config) {
  switch (config.optimiser) {
    case OptimiserKind::kSgd:
      return 2 * (1 + config.momentum);
    case OptimiserKind::kNesterov:
      return 2 * (1 + config.momentum) / (1 + 2 * config.momentum);
    case OptimiserKind::kAdam:
      return std::nullopt;
    case OptimiserKind::kAdamW:
      return 2;
  }
  return std::nullopt;
}

}  // namespace

std::string divergence_remedy(const TrainingConfig& config) {
  constexpr double kOvershoots = 1;
  constexpr double kCloseToOne = 0.99;
  if (most_decay(config) && decay_of_a_step(config) >= kOvershoots) {
    return fmt::format(
        "start a new run with a lower --weight-decay, now {}: times the --learning-rate, {}, it is "
        "{:.3g}, and should be far below 1",
        config.weight_decay, config.learning_rate, decay_of_a_step(config));
  }
  if (has_momentum(config) && config.momentum >= kCloseToOne) {
    return fmt::format(
        "start a new run with a lower --momentum, now {}: it multiplies the --learning-rate, {}, "
        "by {:.3g}",
        config.momentum, config.learning_rate, 1 / (1 - config.momentum));
  }
  return fmt::format("start a new run with a lower --learning-rate, now {}", config.learning_rate);
}

std::optional<std::string> certain_divergence(const TrainingConfig& config) {
  const std::optional<double> most = most_decay(config);
  if (!most || decay_of_a_step(config) <= *most) return std::nullopt;
  return fmt::format(
      "--weight-decay {} times --learning-rate {} is {:.3g}: above {:.3g} the weights grow with "
      "every step until they are not finite; lower --weight-decay",
      config.weight_decay, config.learning_rate, decay_of_a_step(config), *most);
}

}  // namespace regrow

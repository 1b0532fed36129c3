// The learning rate of every step.
#include "regrow/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "regrow/error.h"

namespace regrow {
namespace {

double schedule_factor(const TrainingConfig& config, std::uint64_t step,
                       std::uint32_t steps_per_epoch) {
  switch (config.schedule) {
    case Schedule::kConstant:
      return 1;
    case Schedule::kCosine: {
      const CosinePiece piece =
          cosine_piece(config, static_cast<std::int64_t>(step / steps_per_epoch));
      const std::uint64_t begin = static_cast<std::uint64_t>(piece.begin) * steps_per_epoch;
      const double end = static_cast<double>(piece.end - piece.begin) * steps_per_epoch;
      const auto now = static_cast<double>(step - begin);
      return now < end ? (1 + std::cos(std::numbers::pi * now / end)) / 2 : 0;
    }
    case Schedule::kStep: {
      const std::uint64_t epoch = step / steps_per_epoch;
      const std::uint64_t falls = epoch / static_cast<std::uint64_t>(config.step_epochs);
      return std::pow(config.step_factor, static_cast<double>(falls));
    }
  }
  REGROW_CHECK(false, "a schedule without a formula");
}

}  // namespace

CosinePiece cosine_piece(const TrainingConfig& config, std::int64_t epoch) {
  const std::vector<std::int64_t>& restarts = config.restart_epochs;
  const auto next = std::upper_bound(restarts.begin(), restarts.end(), epoch);
  const std::int64_t last_end = config.decay_epochs > 0 ? config.decay_epochs : config.epochs;
  return {.begin = next == restarts.begin() ? 0 : *(next - 1),
          .end = next == restarts.end() ? last_end : *next};
}

float learning_rate(const TrainingConfig& config, std::uint64_t step,
                    std::uint32_t steps_per_epoch) {
  double rate = config.learning_rate * schedule_factor(config, step, steps_per_epoch);
  // The first step already moves (rate 1/n), the last of the warm-up has the schedule's full rate.
  const auto warmup_steps = static_cast<std::uint64_t>(config.warmup_epochs) * steps_per_epoch;
  if (step < warmup_steps) {
    rate *= (static_cast<double>(step) + 1) / static_cast<double>(warmup_steps);
  }
  return static_cast<float>(rate);
}

}  // namespace regrow

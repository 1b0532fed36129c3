// DynSET's pause: no evolution in an epoch whose metric is worse than some epochs before.
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {

std::optional<Measure> pause_measure(const Config& config) {
  switch (config.pause) {
    case PauseOn::kNone:
      return std::nullopt;
    case PauseOn::kLoss:
      return Measure::kLoss;
    case PauseOn::kValLoss:
      return Measure::kValLoss;
    case PauseOn::kAcc:
      return Measure::kAcc;
    case PauseOn::kValAcc:
      return Measure::kValAcc;
    case PauseOn::kAuto:
      break;
  }
  REGROW_CHECK(false, "the configuration's pause has not been resolved");
}

bool pauses(const Config& config, const History& history) {
  const std::optional<Measure> measure = pause_measure(config);
  if (!measure || history.epochs < config.pause_min_history) return false;
  REGROW_CHECK(history.recent.size() == static_cast<std::size_t>(config.pause_gap) + 1,
               "pause_min_history must exceed pause_gap");

  const double now = history.recent.back();
  const double before = history.recent.front();
  const bool is_loss = *measure == Measure::kLoss || *measure == Measure::kValLoss;
  return is_loss ? now > before : now < before;
}

}  // namespace regrow

// DynSET's pause: no evolution in an epoch whose metric is worse than some epochs before.
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {
namespace {

Measure measure_of(PauseOn pause) {
  switch (pause) {
    case PauseOn::kLoss:
      return Measure::kLoss;
    case PauseOn::kValLoss:
      return Measure::kValLoss;
    case PauseOn::kAcc:
      return Measure::kAcc;
    case PauseOn::kValAcc:
      return Measure::kValAcc;
    case PauseOn::kNone:
    case PauseOn::kAuto:
      break;
  }
  REGROW_CHECK(false, "the configuration's pause has not been resolved");
}

}  // namespace

bool pauses(const Config& config, std::span<const EpochRecord> history) {
  if (config.pause == PauseOn::kNone) return false;
  const Measure measure = measure_of(config.pause);
  const auto gap = static_cast<std::size_t>(config.pause_gap);
  if (history.size() < static_cast<std::size_t>(config.pause_min_history)) return false;
  REGROW_CHECK(history.size() > gap, "pause_min_history must exceed pause_gap");

  const double now = measured(measure, history.back());
  const double before = measured(measure, history[history.size() - 1 - gap]);
  const bool is_loss = measure == Measure::kLoss || measure == Measure::kValLoss;
  return is_loss ? now > before : now < before;
}

}  // namespace regrow

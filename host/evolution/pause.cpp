#include "evolution/pause.h"

#include "regrow/error.h"

namespace regrow {

bool pauses(const EvolutionConfig& config, const History& history) {
  REGROW_CHECK(config.pause != Measure::kAuto, "the configuration's pause has not been resolved");
  if (config.pause == Measure::kNone || history.epochs < config.pause_min_history) return false;
  REGROW_CHECK(history.recent.size() == static_cast<std::size_t>(config.pause_gap) + 1,
               "pause_min_history must exceed pause_gap");
  const double now = history.recent.back();
  const double before = history.recent.front();
  return is_loss(config.pause) ? now > before : now < before;
}

}  // namespace regrow

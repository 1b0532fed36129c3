#include "regrow/early_stopping.h"

#include "regrow/evolution/history.h"

namespace regrow {

bool stops_early(const StoppingConfig& config, const History& history) {
  if (config.patience == 0 || history.epochs == 0) return false;
  return history.last.epoch - history.improved.epoch >=
         static_cast<std::uint64_t>(config.patience);
}

}  // namespace regrow

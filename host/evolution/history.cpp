// Keeps a run's history at a constant size.
#include "regrow/evolution/history.h"

#include <optional>
#include <utility>

#include "regrow/error.h"

namespace regrow {

void append(History& history, const EvolutionConfig& config, const StoppingConfig& stopping,
            EpochRecord record) {
  REGROW_CHECK(record.epoch == history.epochs, "a history without gaps");
  if (history.epochs == 0) history.first = record;
  const auto improved = history.epochs == 0 ? std::nullopt : std::optional(history.improved);
  history.improved = improvement_after(stopping, improved, record);
  const double value = measured(stopping.monitor, record);
  if (history.epochs == 0 ||
      is_better(stopping.monitor, value, measured(stopping.monitor, history.best), 0)) {
    history.best = record;
  }
  if (config.pause != Measure::kNone) {
    history.recent.push_back(measured(config.pause, record));
    if (history.recent.size() > static_cast<std::size_t>(config.pause_gap) + 1) {
      history.recent.pop_front();
    }
  }
  history.paused_epochs += record.paused ? 1 : 0;
  history.last = std::move(record);
  ++history.epochs;
}

void complete_last(History& history, EpochRecord record) {
  REGROW_CHECK(history.epochs > 0 && record.epoch == history.last.epoch,
               "only the last record is completed");
  history.paused_epochs += (record.paused ? 1 : 0) - (history.last.paused ? 1 : 0);
  if (history.first.epoch == record.epoch) history.first = record;
  if (history.best.epoch == record.epoch) history.best = record;
  history.last = std::move(record);
}

}  // namespace regrow

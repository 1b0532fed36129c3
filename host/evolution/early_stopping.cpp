#include "regrow/early_stopping.h"

#include "regrow/evolution/history.h"

namespace regrow {
namespace {

bool has_run_out(const StoppingConfig& config, std::uint32_t last, const Improvement& improved) {
  return config.patience > 0 &&
         last - improved.epoch >= static_cast<std::uint64_t>(config.patience);
}

}  // namespace

Improvement improvement_after(const StoppingConfig& config,
                              const std::optional<Improvement>& before, const EpochRecord& record) {
  const double value = measured(config.monitor, record);
  if (before && !is_better(config.monitor, value, before->value, config.min_delta)) return *before;
  return {record.epoch, value};
}

bool stops_early(const StoppingConfig& config, const History& history) {
  return history.epochs > 0 && has_run_out(config, history.last.epoch, history.improved);
}

bool stops_early(const StoppingConfig& config, std::span<const EpochRecord> records) {
  std::optional<Improvement> improved;
  for (const EpochRecord& record : records) {
    improved = improvement_after(config, improved, record);
  }
  return improved && has_run_out(config, records.back().epoch, *improved);
}

}  // namespace regrow

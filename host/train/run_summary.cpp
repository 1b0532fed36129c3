// What summary.json says of a run.
#include "train/run_summary.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "config/value_texts.h"
#include "regrow/config.h"
#include "regrow/trainer.h"
#include "regrow/version.h"

namespace regrow {

std::vector<EpochTimings> recorded_timings(std::span<const EpochTimings> timings,
                                           std::size_t epochs) {
  std::vector<EpochTimings> recorded;
  for (const EpochTimings& epoch : timings) {
    if (epoch.epoch < epochs) recorded.push_back(epoch);
  }
  return recorded;
}

double median_seconds(std::span<const EpochTimings> timings) {
  std::vector<double> seconds;
  for (const EpochTimings& epoch : timings) seconds.push_back(epoch.total());
  return median(std::move(seconds));
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Summary summarise(const Checkpoint& state, const Capabilities& capabilities,
                  std::span<const double> seconds, std::uint64_t initial_connections,
                  const std::string& status) {
  const Config& config = state.config;
  Summary summary;
  summary.version = kVersion;
  summary.status = status;
  summary.dataset = state.data_name;
  summary.method = name_of(config.method);
  summary.measure = name_of(config.measure);
  summary.pause = name_of(config.pause);
  summary.grow = to_text(config.grow);
  summary.validation = print_validation(config.validation);
  summary.seed = config.seed;
  summary.data_seed = config.data_seed;
  summary.device = state.device;
  summary.instruction_set = state.instruction_set;
  summary.computed_by = state.computed_by;
  summary.threads = capabilities.threads;
  summary.epochs = state.history.epochs;
  if (state.history.epochs > 0) {
    summary.final = state.history.last;
    summary.best = state.history.best;
  }
  summary.cost = state.progress.cost;
  summary.survival = state.evolution.survival;
  summary.stopped_early = has_stopped_early(state);
  summary.initial_connections = initial_connections;
  summary.paused_epochs = state.history.paused_epochs;
  summary.seconds = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  summary.seconds_per_epoch = median({seconds.begin(), seconds.end()});
  return summary;
}

}  // namespace regrow

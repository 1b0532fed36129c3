// What summary.json says of a run.
#include "train/run_summary.h"

#include <algorithm>

#include "regrow/config.h"
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
  if (timings.empty()) return 0;
  std::vector<double> seconds;
  for (const EpochTimings& epoch : timings) seconds.push_back(epoch.total());
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  if (seconds.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(seconds.begin(), middle)) / 2;
}

Summary summarise(const Checkpoint& state, const Capabilities& capabilities,
                  std::span<const EpochTimings> timings, std::uint64_t initial_connections,
                  const std::string& status) {
  const Config& config = state.config;
  Summary summary;
  summary.version = kVersion;
  summary.status = status;
  summary.dataset = name_of(config.dataset);
  summary.method = name_of(config.method);
  summary.measure = name_of(config.measure);
  summary.pause = name_of(config.pause);
  summary.grow = config.grow;
  summary.validation = config.validation;
  summary.seed = config.seed;
  summary.data_seed = config.data_seed;
  summary.device = state.device;
  summary.instruction_set = state.instruction_set;
  summary.threads = capabilities.threads;
  summary.epochs = static_cast<std::uint32_t>(state.history.size());
  if (!state.history.empty()) {
    summary.final = state.history.back();
    summary.best = state.history[best_epoch(state.history)];
  }
  summary.initial_connections = initial_connections;
  summary.paused_epochs = static_cast<std::uint64_t>(
      std::count_if(state.history.begin(), state.history.end(),
                    [](const EpochRecord& record) { return record.paused; }));
  const std::vector<EpochTimings> recorded = recorded_timings(timings, state.history.size());
  for (const EpochTimings& epoch : recorded) summary.seconds += epoch.total();
  summary.seconds_per_epoch = median_seconds(recorded);
  return summary;
}

}  // namespace regrow

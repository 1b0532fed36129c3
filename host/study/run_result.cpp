// What a run ended with, read from its folder.
#include "study/run_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/read_failure.h"
#include "base/shell_word.h"
#include "config/check_training.h"
#include "regrow/error.h"
#include "regrow/learning_rate.h"
#include "regrow/run_length.h"
#include "statistics/moments.h"
#include "study/recorded_cost.h"
#include "train/recovery.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

/// The same training, shorter or longer: its last cosine and its evolution keep their length, and
/// what would follow does not count. So a run that was given more epochs is one with those that
/// were not.
void set_epochs(Config& config, std::uint32_t epochs) {
  if (config.schedule == Schedule::kCosine) {
    const CosinePiece last = cosine_piece(config, std::int64_t{epochs} - 1);
    std::erase_if(config.restart_epochs, [&](std::int64_t each) { return each > last.begin; });
    config.decay_epochs = last.end;
  }
  config.evolution_epochs = evolution_span(config);
  config.epochs = epochs;
}

double connections_of(const EpochRecord& epoch) {
  return static_cast<double>(evaluated_connections(epoch));
}

/// Of the network that the epoch began with. It is the one evaluated, unless evolutions within the
/// epoch have changed it.
double connections_at_start_of(const EpochRecord& epoch) {
  double connections = 0;
  for (const LayerRecord& layer : epoch.layers) {
    connections += static_cast<double>(layer.connections + layer.dropped - layer.grown);
  }
  return connections;
}

template <typename Value>
Moments over(std::span<const EpochRecord> epochs, Value value) {
  std::vector<double> values;
  for (const EpochRecord& epoch : epochs) values.push_back(value(epoch));
  return moments(values);
}

/// `history` and `timings`: of the epochs compared; means are over the `last` of these, 1 or more.
std::array<std::optional<double>, kQuantities> values_of(const Config& config,
                                                         std::span<const EpochRecord> history,
                                                         std::span<const EpochTimings> timings,
                                                         std::size_t last_epochs,
                                                         const std::optional<NetworkCells>& cells) {
  std::array<std::optional<double>, kQuantities> values;
  const auto set = [&](Quantity quantity, double value) {
    if (std::isfinite(value)) values[static_cast<std::size_t>(quantity)] = value;
  };
  const std::span<const EpochRecord> last = history.last(last_epochs);
  const auto of = [](auto member) { return [=](const EpochRecord& each) { return each.*member; }; };
  if (!predicts_numbers(config)) {
    set(Quantity::kAccuracy, over(last, of(&EpochRecord::test_accuracy)).mean);
    set(Quantity::kValAccuracy, over(last, of(&EpochRecord::val_accuracy)).mean);
    set(Quantity::kAlpha, over(last, alpha).mean);
    set(Quantity::kBestAccuracy, history[best_epoch(history, config.monitor)].test_accuracy);
  }
  set(Quantity::kLoss, over(last, of(&EpochRecord::test_loss)).mean);
  set(Quantity::kValLoss, over(last, of(&EpochRecord::val_loss)).mean);
  set(Quantity::kConnections, over(last, connections_of).mean);
  if (cells) {
    set(Quantity::kDensity, over(last, connections_of).mean / static_cast<double>(cells->hidden));
  }
  set(Quantity::kBeta, over(last, beta).mean);
  // What followed the last epoch, if anything did, is not of the network evaluated.
  const std::span<const EpochRecord> before = history.first(history.size() - 1);
  const auto evolved = std::find_if(before.rbegin(), before.rend(), [](const EpochRecord& epoch) {
    return epoch.theta && !epoch.paused;
  });
  if (evolved != before.rend()) {
    set(Quantity::kTheta, *evolved->theta);
    const double initial = connections_at_start_of(history.front());
    if (const auto fixed = fixed_point(config, initial, *evolved->theta)) {
      set(Quantity::kOffFixedPoint, connections_of(history.back()) / *fixed - 1);
    }
  }
  set(Quantity::kPaused,
      static_cast<double>(std::count_if(before.begin(), before.end(),
                                        [](const EpochRecord& epoch) { return epoch.paused; })));
  if (!timings.empty()) set(Quantity::kSeconds, median_seconds(timings));
  if (const auto seconds = total_seconds(timings, history.size())) {
    set(Quantity::kTotalSeconds, *seconds);
  }
  const ConnectionsWhileTraining connections = connections_while_training(history);
  set(Quantity::kMeanConnections, connections.mean);
  set(Quantity::kPeakConnections, connections.peak);
  return values;
}

void add_cost(const RecordedCost& cost, RunResult& result) {
  const auto set = [&](Quantity quantity, std::optional<double> value) {
    if (value) result.values[static_cast<std::size_t>(quantity)] = value;
  };
  set(Quantity::kMeanConnections, cost.mean_connections);
  set(Quantity::kPeakConnections, cost.peak_connections);
  set(Quantity::kFlops, cost.flops);
  set(Quantity::kSurvival, cost.survival);
}

}  // namespace

std::optional<double> fixed_point(const Config& config, double initial_connections, double theta) {
  const double zeta = static_cast<double>(config.zeta_millionths) / 1e6;
  const bool is_constant =
      config.zeta_schedule == Curve::kConstant && config.density_schedule == Curve::kConstant;
  if (!is_constant || config.delta != GrowDelta::kInitial || zeta <= 0 || theta <= 0) {
    return std::nullopt;
  }
  // As many as drop have grown in each evolution, and a grace protects those of the last ones: the
  // others must be as many as are to drop.
  if (config.grace > 0 && zeta * static_cast<double>(config.grace + 1) > 1) return std::nullopt;
  return initial_connections * theta / (zeta + theta * (1 - zeta));
}

ConnectionsWhileTraining connections_while_training(std::span<const EpochRecord> history) {
  ConnectionsWhileTraining connections{.mean = over(history, connections_of).mean};
  for (const EpochRecord& epoch : history) {
    connections.peak =
        std::max({connections.peak, connections_at_start_of(epoch), connections_of(epoch)});
  }
  return connections;
}

std::optional<double> total_seconds(std::span<const EpochTimings> timings, std::size_t epochs) {
  if (epochs == 0 || timings.size() < epochs) return std::nullopt;
  return std::accumulate(timings.begin(), timings.end(), 0.0,
                         [](double sum, const EpochTimings& epoch) { return sum + epoch.total(); });
}

bool RunRecords::is_finished() const {
  return history.size() == static_cast<std::size_t>(config.epochs) || stops_early(config, history);
}

RunRecords read_records(const RunFolder& folder) {
  RunRecords records;
  try {
    records.history = folder.read_metrics();
  } catch (const UnreadableError& unreadable) {
    throw DamagedRun(unreadable.what());
  } catch (const Error& damaged) {
    throw DamagedRun(fmt::format(
        "{}; put the file back, or train the run again: regrow train --resume {} says from where",
        without_remedy(damaged.what()), shell_word(folder.path().string())));
  }
  try {
    StoredConfig stored = recorded_config(folder);
    records.config = std::move(stored.config);
    records.warning = std::move(stored.problem);
  } catch (const Error& lost) {
    throw DamagedRun(lost.what());
  }
  records.timings = recorded_timings(folder.read_timings(), records.history.size());
  return records;
}

namespace {

std::string origin_of(const Checkpoint& header) {
  const DatasetDigest& data = header.data;
  if (data == DatasetDigest()) return "";
  return data.train_features + data.train_labels + data.test_features + data.test_labels +
         header.initial_digest;
}

}  // namespace

RunResult read_result(const RunFolder& folder, std::optional<std::uint32_t> epochs,
                      std::uint32_t last) {
  RunResult result;
  result.folder = folder.path();
  RunRecords records = read_records(folder);
  result.config = std::move(records.config);
  result.warning = std::move(records.warning);
  const std::optional<Checkpoint> header = newest_header(folder);
  if (header) result.origin = origin_of(*header);
  result.cells = network_cells(result.config, header);
  if (epochs) set_epochs(result.config, *epochs);
  std::vector<EpochRecord>& history = records.history;
  result.recorded = static_cast<std::uint32_t>(history.size());
  result.stopped_early = stops_early(result.config, history);
  const std::size_t compared =
      std::min(static_cast<std::size_t>(result.config.epochs), history.size());
  if (history.empty() || !result.complete()) return result;
  if (last > compared) {
    throw Error(fmt::format("{}: a mean over the last {} epochs, but {}; --last takes {} at most",
                            result.folder.string(), last,
                            epochs ? fmt::format("--epochs compares after {}", compared)
                                   : fmt::format("the run has {}", compared),
                            compared));
  }
  history.resize(compared);
  result.values = values_of(result.config, history, recorded_timings(records.timings, compared),
                            last, result.cells);
  if (compared == result.recorded) add_cost(recorded_cost(folder, compared), result);
  return result;
}

}  // namespace regrow

// Every task writes the files of one epoch, in an order in which nothing counts on what is not on
// the disk: lines first, synced before the checkpoint that counts them; the best network before the
// state that has passed it.
#include "train/recorder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "regrow/error.h"
#include "regrow/evolution/method.h"
#include "train/checkpoint_schedule.h"
#include "train/phase_timer.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

// One that is being written and one more: where writing is slower than training for good, more
// would only take memory.
constexpr std::size_t kMostWaiting = 1;

/// The first epoch whose lines and events are still to be written.
std::uint32_t first_epoch(const Checkpoint& state, bool completes_last) {
  return state.history.epochs - (completes_last ? 1 : 0);
}

bool has_evolved(const EpochRecord& record) {
  return std::any_of(record.layers.begin(), record.layers.end(),
                     [](const LayerRecord& layer) { return layer.dropped > 0 || layer.grown > 0; });
}

/// Writes `state` with `network`, which it borrows: a copy would be of hundreds of megabytes.
template <typename Write>
void write_with(Checkpoint& state, NetworkState& network, Write write) {
  std::swap(state.network, network);
  try {
    write();
  } catch (...) {
    std::swap(state.network, network);
    throw;
  }
  std::swap(state.network, network);
}

}  // namespace

Recorder::Recorder(RunFolder folder, Checkpoint state, std::shared_ptr<NetworkState> network,
                   const Capabilities& capabilities, std::optional<TopologyMonitor> topology,
                   bool completes_last)
    : folder_(std::move(folder)),
      capabilities_(capabilities),
      interval_(state.config.checkpoint_every),
      state_(std::move(state)),
      network_(std::move(network)),
      saved_epochs_(state_.history.epochs),
      topology_(std::move(topology)),
      metrics_(folder_, state_, completes_last),
      timings_(folder_, first_epoch(state_, completes_last)),
      background_(kMostWaiting) {
  const std::vector<LayerState>& layers = network_->layers;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) initial_connections_ += layers[l].budget;
  state_.records.clear();
  if (method_row(state_.config.method).evolves) evolutions_.emplace(folder_, state_);
  if (state_.config.tensorboard) {
    const std::uint32_t first = first_epoch(state_, completes_last);
    events_.emplace(folder_.events_to_append(), first);
    restore_events(*network_, first);
  }
}

/// Appends events that the file lacks of the epochs before `end`, be it lost or older than this
/// setting.
void Recorder::restore_events(const NetworkState& network, std::uint32_t end) {
  if (events_->next_epoch() >= end) return;
  const std::vector<EpochTimings> timings = folder_.read_timings();
  auto timed = timings.begin();
  folder_.visit_metrics([&](const EpochRecord& record) {
    if (record.epoch < events_->next_epoch()) return;
    while (timed != timings.end() && timed->epoch < record.epoch) ++timed;
    const bool has_timings = timed != timings.end() && timed->epoch == record.epoch;
    // Networks of former epochs are gone, as is the last one's where a step was taken since.
    const bool has_network = record.epoch + 1 == state_.progress.epoch && state_.progress.step == 0;
    const bool with_histograms = has_network && EventLog::has_histograms(record.epoch);
    events_->append(record, has_timings ? *timed : EpochTimings(),
                    with_histograms ? histograms_of(network) : std::vector<Histogram>());
  });
}

bool Recorder::is_checkpoint_due(std::uint32_t epochs) const {
  const std::chrono::duration<double> since = Clock::now() - last_due_;
  return regrow::is_checkpoint_due(interval_, epochs,
                                   {.seconds = since.count(),
                                    .cost_seconds = checkpoint_seconds_,
                                    .is_busy = !background_.is_idle()});
}

bool Recorder::needs_network(std::uint32_t epoch, bool is_saved) const {
  return topology_ || is_saved || (events_ && EventLog::has_histograms(epoch));
}

void Recorder::record(EpochResult result) {
  if (result.is_saved) last_due_ = Clock::now();
  background_.run([this, result = std::move(result)]() mutable { write(result); });
}

void Recorder::write(EpochResult& result) {
  append_evolutions(result.within);
  explore(state_.explored, result.grown_within);
  state_.previous_masks.clear();
  if (result.best) keep_best(*result.best);
  append_evolutions(result.at_end);
  EpochRecord& record = result.record;
  if (topology_) {
    const PhaseTimer timer(result.timings.topology);
    // It is measured again where the run is made longer.
    if (result.progress.evolution_pending && has_evolved(record)) {
      state_.previous_masks = topology_->previous();
    }
    const auto measures = topology_->measure(*result.network, state_.explored);
    for (std::size_t l = 0; l < measures.size(); ++l) record.layers[l].topology = measures[l];
  }
  append(record, result.timings, result.network.get());
  if (record.epoch < state_.history.epochs) {
    complete_last(state_.history, record);
  } else {
    regrow::append(state_.history, state_.config, state_.config, record);
  }
  state_.progress = result.progress;
  state_.evolution = std::move(result.evolution);
  state_.metrics = metrics_.before_last();
  network_ = std::move(result.network);
  is_saved_ = false;
  if (result.is_saved) write_last();
}

/// In the order in which a reader of a run that is trained may count on them: who sees a line of
/// the metrics finds the epoch's timings.
void Recorder::append(const EpochRecord& record, EpochTimings& timings,
                      const NetworkState* network) {
  std::vector<Histogram> histograms;
  if (events_ && network != nullptr && EventLog::has_histograms(record.epoch)) {
    const PhaseTimer timer(timings.histograms);
    histograms = histograms_of(*network);
  }
  timings.write += std::exchange(write_seconds_, 0);
  timings.checkpoint += std::exchange(unreported_checkpoint_seconds_, 0);
  const PhaseTimer timer(write_seconds_);
  timings_.append(timings);
  metrics_.append(record);
  if (events_) events_->append(record, timings, histograms);
}

void Recorder::append_evolutions(const std::vector<EvolutionRecord>& records) {
  if (!evolutions_ || records.empty()) return;
  const PhaseTimer timer(write_seconds_);
  evolutions_->append(records);
  state_.evolutions = evolutions_->all();
}

void Recorder::keep_best(const EvaluatedEpoch& evaluated) {
  best_.emplace(BestNetwork{state_, evaluated.network});
  Checkpoint& best = best_->state;
  best.progress = {.epoch = evaluated.record.epoch + 1,
                   .step = 0,
                   .sums = {},
                   .evolved = {},
                   .evolution_pending = true,
                   .cost = evaluated.cost};
  best.evolution = evaluated.evolution;
  regrow::append(best.history, best.config, best.config, evaluated.record);
  best.metrics = metrics_.all();
}

/// A checkpoint counts on the lines and events of its epochs.
void Recorder::sync() {
  timings_.sync();
  metrics_.sync();
  if (evolutions_) evolutions_->sync();
  if (events_) events_->sync();
}

void Recorder::write_best() {
  if (!best_) return;
  write_with(best_->state, *best_->network, [&] { folder_.write_best(best_->state); });
  best_.reset();
}

void Recorder::write_last() {
  double seconds = 0;
  {
    const PhaseTimer timer(seconds);
    sync();
    write_best();
    write_with(state_, *network_, [&] { folder_.write_last(state_); });
  }
  is_saved_ = true;
  saved_epochs_ = state_.history.epochs;
  write_seconds_ += seconds;
  unreported_checkpoint_seconds_ += seconds;
  checkpoint_seconds_ = seconds;
}

void Recorder::save(StoppedRun stopped) {
  background_.wait();
  if (stopped.begun) timings_.append_begun(*stopped.begun);
  append_evolutions(stopped.within);
  explore(state_.explored, stopped.grown_within);
  if (topology_ && !stopped.progress.evolved.layers.empty()) {
    state_.previous_masks = topology_->previous();
  }
  state_.progress = stopped.progress;
  state_.evolution = std::move(stopped.evolution);
  network_ = std::move(stopped.network);
  write_last();
}

void Recorder::write_summary(const std::string& status) {
  background_.wait();
  if (status != "running") sync();  // else the next checkpoint does
  folder_.write_summary(
      summarise(state_, capabilities_, timings_.seconds(), initial_connections_, status));
}

std::uint32_t Recorder::fail() noexcept {
  // What cannot be written is left as it is: what stopped the run is the error that counts.
  try {
    background_.wait();
    if (!is_saved_ && network_ != nullptr) {
      write_last();
    } else {
      sync();
      write_best();
    }
  } catch (...) {
  }
  try {
    folder_.write_summary(
        summarise(state_, capabilities_, timings_.seconds(), initial_connections_, "failed"));
  } catch (...) {
    folder_.overwrite_running();
  }
  return saved_epochs_;
}

}  // namespace regrow

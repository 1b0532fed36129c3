// The epoch loop: train, evaluate, record; then decide, drop and grow; then write. Every decision
// is a pure function of policy.h, every computation a call of the back end. What a run has come to
// is one Checkpoint, so a run that starts and a run that goes on are the same thing.
#include "regrow/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "regrow/error.h"
#include "regrow/policy.h"
#include "train/event_log.h"
#include "train/non_finite.h"
#include "train/run_summary.h"
#include "train/topology_monitor.h"

namespace regrow {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Adds the time that it lives to `seconds`.
class PhaseTimer {
 public:
  explicit PhaseTimer(double& seconds) : seconds_(seconds) {}
  ~PhaseTimer() { seconds_ += seconds_since(start_); }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  double& seconds_;
  Clock::time_point start_ = Clock::now();
};

/// The signs that a layer's record, as yet without evolution, was made of.
WeightCounts evaluated_counts(const LayerRecord& layer) {
  WeightCounts counts;
  counts.negatives = layer.negatives;
  counts.positives = layer.positives;
  counts.zeros = layer.connections - layer.negatives - layer.positives;
  return counts;
}

/// Pieces of about a tenth of a second: a stop is answered at once, and a call costs nothing.
std::uint32_t next_piece(std::uint32_t piece, double seconds, std::uint32_t most) {
  if (seconds < 0.05) return piece < most / 2 ? piece * 2 : most;
  if (seconds > 0.2) return std::max(piece / 2, 1U);
  return piece;
}

}  // namespace

Trainer::Trainer(Checkpoint state, std::shared_ptr<const Dataset> dataset,
                 std::unique_ptr<Backend> backend, RunFolder folder, TrainerEvents events)
    : state_(std::move(state)),
      dataset_(std::move(dataset)),
      backend_(std::move(backend)),
      folder_(std::move(folder)),
      events_(std::move(events)),
      layers_(planned_layers(state_.network)),
      steps_per_epoch_(steps_per_epoch(state_.config, *dataset_)),
      saved_history_(state_.history) {
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) initial_connections_ += layers_[l].budget;
  if (state_.progress.step >= steps_per_epoch_) {
    throw Error(fmt::format(
        "{}: it stands after {} steps of an epoch, which has {}; use another checkpoint of the "
        "run, or start again",
        folder_.last().string(), state_.progress.step, steps_per_epoch_));
  }
  if (state_.config.topology && state_.config.method != Method::kDense) {
    topology_ = std::make_shared<TopologyMonitor>(
        initial_network(state_.config, dataset_->shape.features(), dataset_->classes()),
        state_.network);
  }
  backend_->attach(dataset_);
  backend_->load(state_.network);
  state_.network = {};
}

TrainingOutcome Trainer::run() {
  const Progress& at = state_.progress;
  const auto epochs = static_cast<std::uint32_t>(state_.config.epochs);
  folder_.write_config(state_.config);
  // So that a run killed in its first epoch can be resumed, too.
  if (!std::filesystem::exists(folder_.last())) {
    state_.network = backend_->snapshot();
    folder_.write_initial(state_);
    state_.network = {};
    write_last();
  }
  for (const EpochTimings& timings : folder_.read_timings()) {
    if (timings.epoch < at.epoch || (timings.epoch == at.epoch && at.step > 0)) {
      timings_.push_back(timings);
    }
  }
  const bool was_extended = at.evolution_pending && at.epoch < epochs;
  if (was_extended) {
    evolve();
    measure_topology();
  }
  if (state_.config.tensorboard) open_event_log(at.epoch - (was_extended ? 1 : 0));
  folder_.write_metrics(state_.history);
  write_summary("running");

  while (at.epoch < epochs) {
    follow_profile();
    if (!train_epoch()) return stop(TrainingOutcome::kInterrupted);
    record_epoch();
    if (at.epoch < epochs) evolve();
    measure_topology();
    write_epoch();
    // After the checkpoint: a kill in between loses nothing that a checkpoint does not restore.
    if (event_log_ != nullptr) {
      const PhaseTimer timer(timings_.back().write);
      log_epoch(state_.history.back(), timings_.back());
    }
    if (events_.on_epoch) events_.on_epoch(state_.history.back(), timings_.back());
  }
  follow_profile();
  return stop(TrainingOutcome::kFinished);
}

/// At an epoch's start: tells the back end where profiling starts and stops.
void Trainer::follow_profile() {
  const Config& config = state_.config;
  const std::int64_t epoch = state_.progress.epoch;
  const bool wanted = epoch < config.epochs && profiled_epochs(config).contains(epoch);
  if (wanted != is_profiled_) backend_->profile(wanted);
  is_profiled_ = wanted;
}

/// False where a stop was requested before the epoch's last step.
bool Trainer::train_epoch() {
  const Config& config = state_.config;
  Progress& at = state_.progress;
  EpochTimings& timings = timings_of(at.epoch);
  if (at.step == 0 && config.momentum_reset == MomentumReset::kEpoch) backend_->reset_momentum();

  std::vector<float> rates;
  while (at.step < steps_per_epoch_) {
    if (events_.stop_requested && events_.stop_requested()) return false;
    const Clock::time_point start = Clock::now();
    StepRange range;
    range.first = std::uint64_t{at.epoch} * steps_per_epoch_ + at.step;
    range.count = std::min(piece_, steps_per_epoch_ - at.step);
    range.steps_per_epoch = steps_per_epoch_;
    rates.clear();
    for (std::uint32_t i = 0; i < range.count; ++i) {
      rates.push_back(learning_rate(config, range.first + i, steps_per_epoch_));
    }
    for (const LossSums& sums : backend_->train(range, rates)) at.sums += sums;
    at.step += range.count;
    const double seconds = seconds_since(start);
    timings.train += seconds;
    // An epoch's last piece, where it is a shorter one, says nothing of a whole one.
    if (range.count == piece_) piece_ = next_piece(piece_, seconds, steps_per_epoch_);
    require_finite(at.sums.loss, "training loss");
    if (events_.on_progress) {
      events_.on_progress(at.epoch, at.step, steps_per_epoch_,
                          at.sums.loss / static_cast<double>(at.sums.samples));
    }
  }
  return true;
}

/// Evaluates the trained network and appends its record; keeps the network if it is the best yet.
void Trainer::record_epoch() {
  Progress& at = state_.progress;
  EpochTimings& timings = timings_of(at.epoch);
  EpochRecord record;
  record.epoch = at.epoch;
  {
    const PhaseTimer timer(timings.evaluate);
    const LossSums validation = backend_->evaluate(Split::kValidation);
    const LossSums test =
        dataset_->validation_is_test ? validation : backend_->evaluate(Split::kTest);
    const auto store = [](const LossSums& sums, double& loss, double& accuracy) {
      const auto samples = static_cast<double>(sums.samples);
      loss = sums.loss / samples;
      accuracy = static_cast<double>(sums.hits) / samples;
    };
    store(at.sums, record.loss, record.accuracy);
    store(validation, record.val_loss, record.val_accuracy);
    store(test, record.test_loss, record.test_accuracy);
    const std::vector<WeightCounts> all_counts = backend_->count_weights();
    require_finite_weights(all_counts);
    require_finite(record.val_loss, "validation loss");
    require_finite(record.test_loss, "test loss");
    for (const WeightCounts& counts : all_counts) {
      if (record.layers.size() + 1 == layers_.size()) break;  // the output layer is not reported
      LayerRecord& layer = record.layers.emplace_back();
      layer.negatives = counts.negatives;
      layer.positives = counts.positives;
      layer.connections = counts.negatives + counts.positives + counts.zeros;
      record.connections += layer.connections;
    }
  }
  state_.history.push_back(std::move(record));
  at = {.epoch = at.epoch + 1, .step = 0, .sums = {}, .evolution_pending = true};
  if (best_epoch(state_.history) + 1 == state_.history.size()) {
    const PhaseTimer timer(timings.write);
    state_.network = backend_->snapshot();
    folder_.write_best(state_);
    state_.network = {};
  }
}

/// What follows an epoch that is not the last: θ, perhaps a pause, else drop and grow.
void Trainer::evolve() {
  const Config& config = state_.config;
  state_.progress.evolution_pending = false;
  if (config.method == Method::kStatic || config.method == Method::kDense) return;
  EpochRecord& record = state_.history.back();
  record.theta = regrowth_ratio(config, state_.history, dataset_->classes());
  record.paused = pauses(config, state_.history);
  if (!record.paused) drop_and_grow(record);
}

void Trainer::drop_and_grow(EpochRecord& record) {
  const Config& config = state_.config;
  EpochTimings& timings = timings_of(record.epoch);
  std::vector<DropReport> dropped;
  {
    const PhaseTimer timer(timings.drop);
    std::vector<WeightCounts> counts(layers_.size());  // none of the output layer: it is dense
    std::transform(record.layers.begin(), record.layers.end(), counts.begin(), evaluated_counts);
    dropped = backend_->drop(plan_drop(config, layers_, counts));
  }
  const PhaseTimer timer(timings.grow);
  const GrowPlan plan = plan_growth(config, {dataset_->shape, dataset_->order}, layers_, dropped,
                                    *record.theta, record.epoch);
  const std::vector<GrowReport> grown = backend_->grow(plan);
  record.connections = 0;
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    REGROW_CHECK(grown[l].grown == plan.counts[l], "a back end grew another number than planned");
    LayerRecord& layer = record.layers[l];
    layer.dropped = dropped[l].dropped();
    layer.grown = grown[l].grown;
    layer.connections = layer.connections - layer.dropped + layer.grown;
    record.connections += layer.connections;
  }
}

/// Completes the last record: its masks as they are after the evolution, if one followed.
void Trainer::measure_topology() {
  if (topology_ == nullptr) return;
  EpochRecord& record = state_.history.back();
  const PhaseTimer timer(timings_of(record.epoch).evaluate);
  const auto measures = topology_->measure(backend_->snapshot(), state_.explored);
  for (std::size_t l = 0; l < measures.size(); ++l) record.layers[l].topology = measures[l];
}

void Trainer::require_finite(double loss, const char* name) {
  if (std::isfinite(loss)) return;
  const auto weights = describe_non_finite(backend_->count_weights());
  fail(fmt::format("the {} is not finite ({})", name,
                   weights ? *weights : describe_overflow(backend_->snapshot())));
}

void Trainer::require_finite_weights(const std::vector<WeightCounts>& counts) {
  if (const auto weights = describe_non_finite(counts)) fail(*weights);
}

/// All files go back to the last checkpoint, for what came after it cannot be gone on with; but for
/// best.safetensors, which stays the best network that there was.
void Trainer::fail(const std::string& reason) {
  // Copies: the phase that is being timed still refers to an entry of timings_.
  Checkpoint saved = state_;
  saved.history = saved_history_;
  const auto timings = recorded_timings(timings_, saved_history_.size());
  folder_.write_metrics(saved.history);
  folder_.write_timings(timings);
  if (event_log_ != nullptr) {
    event_log_.reset();
    event_log_ = std::make_shared<EventLog>(folder_.events_to_append(),
                                            static_cast<std::uint32_t>(saved_history_.size()));
    event_log_->flush();
  }
  folder_.write_summary(
      summarise(saved, backend_->capabilities(), timings, initial_connections_, "failed"));
  throw Error(fmt::format(
      "epoch {}: {}; start a new run with a lower --learning-rate, now {}; the last good state, "
      "after {} epochs, is {}",
      state_.progress.epoch, reason, state_.config.learning_rate, saved_history_.size(),
      folder_.last().string()));
}

void Trainer::write_summary(const char* status) {
  folder_.write_summary(
      summarise(state_, backend_->capabilities(), timings_, initial_connections_, status));
}

void Trainer::write_last() {
  // Once a checkpoint has passed an epoch, no histogram of it can be made again.
  if (event_log_ != nullptr) event_log_->flush();
  state_.network = backend_->snapshot();
  folder_.write_last(state_);
  state_.network = {};
  saved_history_ = state_.history;
}

void Trainer::write_epoch() {
  const Progress& at = state_.progress;
  {
    const PhaseTimer timer(timings_of(at.epoch - 1).write);
    // Before the checkpoint, so that no epoch in it lacks its timings after a kill; what writing
    // takes from here on is in the file with the next epoch's.
    folder_.write_timings(timings_);
    if (at.epoch % state_.config.checkpoint_every == 0 || at.epoch == state_.config.epochs) {
      write_last();
    }
    folder_.write_metrics(state_.history);
  }
}

/// The file's epochs from `first_epoch` on are not those of this run's state.
void Trainer::open_event_log(std::uint32_t first_epoch) {
  event_log_ = std::make_shared<EventLog>(folder_.events_to_append(), first_epoch);
  // What the file lacks, be it lost or older than this setting.
  for (std::size_t e = event_log_->next_epoch(); e < state_.history.size(); ++e) {
    log_epoch(state_.history[e], e < timings_.size() ? timings_[e] : EpochTimings());
  }
}

void Trainer::log_epoch(const EpochRecord& record, const EpochTimings& timings) {
  // Networks of former epochs are gone, as is the last one's where a step was taken since.
  const bool has_network = record.epoch + 1 == state_.progress.epoch && state_.progress.step == 0;
  const bool with_network = has_network && EventLog::has_histograms(record.epoch);
  event_log_->append(record, timings, with_network ? backend_->snapshot() : NetworkState());
}

TrainingOutcome Trainer::stop(TrainingOutcome outcome) {
  const bool interrupted = outcome == TrainingOutcome::kInterrupted;
  if (interrupted) {
    require_finite_weights(backend_->count_weights());
    write_last();
    const Progress& at = state_.progress;
    if (at.step == 0) std::erase_if(timings_, [&](const auto& t) { return t.epoch == at.epoch; });
  }
  if (event_log_ != nullptr) event_log_->flush();
  folder_.write_timings(timings_);
  write_summary(interrupted ? "interrupted" : "finished");
  return outcome;
}

/// The entry of the epoch that runs, or of the last one recorded.
EpochTimings& Trainer::timings_of(std::uint32_t epoch) {
  if (timings_.empty() || timings_.back().epoch != epoch) {
    timings_.emplace_back().epoch = epoch;
  }
  return timings_.back();
}

}  // namespace regrow

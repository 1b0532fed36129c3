// The epoch loop: train, evaluate, decide, drop and grow; then hand over what is to be recorded.
// Every decision is a pure function of policy.h, every computation a call of the back end, every
// file the recorder's. What a run has come to is one Checkpoint, so a run that starts and a run
// that goes on are the same thing.
#include "regrow/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "regrow/error.h"
#include "regrow/policy.h"
#include "train/epochs_text.h"
#include "train/non_finite.h"
#include "train/phase_timer.h"
#include "train/recorder.h"
#include "train/recovery.h"
#include "train/topology_monitor.h"

namespace regrow {
namespace {

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
      steps_per_epoch_(steps_per_epoch(state_.config, *dataset_)) {
  if (state_.progress.step >= steps_per_epoch_) {
    throw Error(fmt::format(
        "{}: it stands after {} steps of an epoch, which has {}; use another checkpoint of the "
        "run, or start again",
        folder_.last().string(), state_.progress.step, steps_per_epoch_));
  }
  require_same_data(state_, *dataset_);
  backend_->attach(dataset_);
  backend_->load(state_.network);
  state_.network = {};
}

TrainingOutcome Trainer::run() {
  try {
    return train();
  } catch (...) {
    if (recorder_ != nullptr) recorder_->fail();
    throw;
  }
}

TrainingOutcome Trainer::train() {
  const Progress& at = state_.progress;
  const auto epochs = static_cast<std::uint32_t>(state_.config.epochs);
  const bool is_extended = at.evolution_pending && at.epoch < epochs;
  start_recorder(is_extended);
  if (is_extended) {
    evolve();
    hand_over(nullptr, nullptr);
  }
  while (at.epoch < epochs) {
    follow_profile();
    if (!train_epoch()) return stop(TrainingOutcome::kInterrupted);
    end_epoch();
    if (events_.on_epoch) events_.on_epoch(state_.history.last, timings_);
  }
  follow_profile();
  return stop(TrainingOutcome::kFinished);
}

void Trainer::start_recorder(bool completes_last) {
  folder_.write_config(state_.config);
  const auto network = std::make_shared<NetworkState>(backend_->snapshot());
  // So that a run killed in its first epoch can be resumed, too.
  if (!std::filesystem::exists(folder_.last())) {
    std::swap(state_.network, *network);
    folder_.write_initial(state_);
    folder_.write_last(state_);
    std::swap(state_.network, *network);
  }
  std::optional<TopologyMonitor> topology;
  if (state_.config.topology && state_.config.method != Method::kDense) {
    topology.emplace(first_network(*network), *network);
  }
  recorder_ = std::make_shared<Recorder>(folder_, state_, network, backend_->capabilities(),
                                         std::move(topology), completes_last);
  recorder_->write_summary("running");
  state_.explored.clear();  // the recorder has them, and what a former version stored
  state_.records.clear();
  if (completes_last || state_.progress.step > 0) timings_ = recorder_->begun();
}

/// The network that the run started with, which is a function of its configuration unless it was
/// given one.
NetworkState Trainer::first_network(const NetworkState& now) const {
  if (state_.initial_digest.empty()) {
    return initial_network(state_.config, dataset_->shape.features(), dataset_->classes());
  }
  if (state_.progress.epoch == 0 && state_.progress.step == 0) return now;
  return given_network(folder_, state_.initial_digest);
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
  if (at.step == 0) {
    timings_ = {.epoch = at.epoch};
    if (config.momentum_reset == MomentumReset::kEpoch) backend_->reset_momentum();
  }

  std::vector<float> rates;
  while (at.step < steps_per_epoch_) {
    recorder_->check();
    if (events_.stop_requested && events_.stop_requested()) return false;
    StepRange range;
    range.first = std::uint64_t{at.epoch} * steps_per_epoch_ + at.step;
    range.count = std::min(piece_, steps_per_epoch_ - at.step);
    range.steps_per_epoch = steps_per_epoch_;
    rates.clear();
    for (std::uint32_t i = 0; i < range.count; ++i) {
      rates.push_back(learning_rate(config, range.first + i, steps_per_epoch_));
    }
    double seconds = 0;
    {
      const PhaseTimer timer(seconds);
      for (const LossSums& sums : backend_->train(range, rates)) at.sums += sums;
    }
    at.step += range.count;
    timings_.train += seconds;
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

/// Records the trained network, evolves it unless it was the last epoch, and hands both over.
void Trainer::end_epoch() {
  Progress& at = state_.progress;
  append(state_.history, state_.config, evaluate());
  at = {.epoch = at.epoch + 1, .step = 0, .sums = {}, .evolution_pending = true};
  const History& history = state_.history;
  auto best = history.best.epoch == history.last.epoch ? snapshot() : nullptr;
  const bool has_changed = at.epoch < state_.config.epochs && evolve();
  hand_over(best, has_changed ? nullptr : best);
}

EpochRecord Trainer::evaluate() {
  const PhaseTimer timer(timings_.evaluate);
  const LossSums validation = backend_->evaluate(Split::kValidation);
  const LossSums test =
      dataset_->validation_is_test ? validation : backend_->evaluate(Split::kTest);
  const auto store = [](const LossSums& sums, double& loss, double& accuracy) {
    const auto samples = static_cast<double>(sums.samples);
    loss = sums.loss / samples;
    accuracy = static_cast<double>(sums.hits) / samples;
  };
  EpochRecord record;
  record.epoch = state_.progress.epoch;
  store(state_.progress.sums, record.loss, record.accuracy);
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
  return record;
}

/// What follows an epoch that is not the last: θ, perhaps a pause, else drop and grow. True where
/// the network has changed.
bool Trainer::evolve() {
  const Config& config = state_.config;
  state_.progress.evolution_pending = false;
  if (config.method == Method::kStatic || config.method == Method::kDense) return false;
  EpochRecord record = state_.history.last;
  record.theta = regrowth_ratio(config, state_.history, dataset_->classes());
  record.paused = pauses(config, state_.history);
  if (!record.paused) drop_and_grow(record);
  const bool has_changed = !record.paused;
  complete_last(state_.history, std::move(record));
  return has_changed;
}

void Trainer::drop_and_grow(EpochRecord& record) {
  const Config& config = state_.config;
  std::vector<DropReport> dropped;
  {
    const PhaseTimer timer(timings_.drop);
    std::vector<WeightCounts> counts(layers_.size());  // none of the output layer: it is dense
    std::transform(record.layers.begin(), record.layers.end(), counts.begin(), evaluated_counts);
    dropped = backend_->drop(plan_drop(config, layers_, counts));
  }
  const PhaseTimer timer(timings_.grow);
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

/// `best`: the network evaluated, where it is the best so far; `network`: as it is now, where that
/// has been copied already.
void Trainer::hand_over(std::shared_ptr<NetworkState> best, std::shared_ptr<NetworkState> network) {
  const Progress& at = state_.progress;
  {
    const PhaseTimer timer(timings_.wait);
    recorder_->wait_for_room();
  }
  // The last one is saved in any case: it is what the run was for.
  const bool is_saved = at.epoch == state_.config.epochs || recorder_->is_checkpoint_due(at.epoch);
  if (network == nullptr && recorder_->needs_network(state_.history.last.epoch, is_saved)) {
    network = snapshot();
  }
  recorder_->record({.progress = at,
                     .record = state_.history.last,
                     .timings = timings_,
                     .network = std::move(network),
                     .best = std::move(best),
                     .is_saved = is_saved});
}

TrainingOutcome Trainer::stop(TrainingOutcome outcome) {
  const bool is_interrupted = outcome == TrainingOutcome::kInterrupted;
  if (is_interrupted) {
    require_finite_weights(backend_->count_weights());
    const bool has_begun = state_.progress.step > 0;
    recorder_->save(state_.progress, snapshot(),
                    has_begun ? std::optional(timings_) : std::nullopt);
  }
  recorder_->write_summary(is_interrupted ? "interrupted" : "finished");
  recorder_.reset();
  return outcome;
}

std::shared_ptr<NetworkState> Trainer::snapshot() {
  const PhaseTimer timer(timings_.snapshot);
  return std::make_shared<NetworkState>(backend_->snapshot());
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

/// A state that is not finite is never handed over: what the recorder has is the last good one.
void Trainer::fail(const std::string& reason) {
  const std::uint32_t saved = std::exchange(recorder_, nullptr)->fail();
  throw Error(fmt::format("epoch {}: {}; {}; the last good state, after {}, is {}",
                          std::int64_t{state_.progress.epoch} + 1, reason,
                          divergence_remedy(state_.config), epochs_text(saved),
                          folder_.last().string()));
}

}  // namespace regrow

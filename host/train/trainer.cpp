// The epoch loop: train, evaluate, evolve; then hand over what is to be recorded. Every decision is
// a pure function of host/evolution, every computation a call of the back end, every file the
// recorder's. What a run has come to is one Checkpoint, so a run that starts and a run that goes on
// are the same thing.
#include "regrow/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "regrow/divergence.h"
#include "regrow/error.h"
#include "regrow/learning_rate.h"
#include "train/epochs_text.h"
#include "train/evaluation.h"
#include "train/evolution_step.h"
#include "train/non_finite.h"
#include "train/phase_timer.h"
#include "train/planner_settings.h"
#include "train/recorder.h"
#include "train/start_recorder.h"
#include "train/step_pieces.h"

namespace regrow {
Trainer::Trainer(Checkpoint state, std::shared_ptr<const Dataset> dataset,
                 std::unique_ptr<Backend> backend, RunFolder folder, TrainerEvents events,
                 std::chrono::steady_clock::time_point begun)
    : state_(std::move(state)),
      dataset_(std::move(dataset)),
      backend_(std::move(backend)),
      folder_(std::move(folder)),
      events_(std::move(events)),
      steps_per_epoch_(steps_per_epoch(state_.config, *dataset_)),
      planner_(std::make_unique<EvolutionPlanner>(
          planner_settings(state_.config, *dataset_, state_.network, steps_per_epoch_))),
      pieces_(std::make_unique<StepPieces>()),
      begun_(begun) {
  if (state_.progress.step >= steps_per_epoch_) {
    throw Error(fmt::format(
        "{}: it stands after {} steps of an epoch, which has {}; use another checkpoint of the "
        "run, or start again",
        folder_.last().string(), state_.progress.step, steps_per_epoch_));
  }
  const std::optional<TrainingCost>& cost = state_.progress.cost;
  if (cost && cost->steps != steps_done()) {
    throw Error(fmt::format(
        "{}: it counts the cost of {} steps, and stands after {}; go on with another checkpoint of "
        "the run (--from previous), or start again",
        folder_.last().string(), cost->steps, steps_done()));
  }
  require_same_data(state_, *dataset_);
  backend_->attach(dataset_);
  backend_->load(state_.network);
  for (const LayerState& layer : state_.network.layers) {
    connections_.push_back(layer.connections());
  }
  const bool may_evolve_within = state_.config.evolve_every.steps > 0 || planner_->replaces_steps();
  if (state_.config.topology && may_evolve_within) {
    nothing_grown_ = nothing_explored(state_.network);
  }
  state_.network = {};
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;

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
  const bool is_extended = at.evolution_pending && !is_over(state_);
  recorder_ = start_recorder(folder_, state_, *backend_, *dataset_, is_extended);
  recorder_->write_summary("running");
  start_seconds_ = std::chrono::duration<double>(PhaseTimer::Clock::now() - begun_).count();
  if (is_extended || at.step > 0) timings_ = recorder_->begun();
  if (is_extended) {
    const EpochRecord last = state_.history.last;
    evolve_at_end(last, evolutions_in(last));
    hand_over(std::nullopt, 0, nullptr);
  }
  while (!is_over(state_)) {
    follow_profile();
    if (!train_epoch()) return stop(TrainingOutcome::kInterrupted);
    end_epoch();
    if (events_.on_epoch) events_.on_epoch(state_.history.last, timings_);
  }
  follow_profile();
  return stop(TrainingOutcome::kFinished);
}

/// False where a stop was requested before the epoch's last step.
bool Trainer::train_epoch() {
  Progress& at = state_.progress;
  if (at.step == 0) {
    timings_ = {.epoch = at.epoch};
    if (state_.config.momentum_reset == MomentumReset::kEpoch) backend_->reset_slots();
  }
  timings_.start += std::exchange(start_seconds_, 0);
  while (at.step < steps_per_epoch_) {
    recorder_->check();
    if (events_.stop_requested && events_.stop_requested()) return false;
    if (planner_->replaces_steps() && planner_->is_due(steps_done()) && evolve_within()) continue;
    const std::uint64_t left = steps_per_epoch_ - at.step;
    train_piece(std::min(left, planner_->steps_to_interval(steps_done())));
    if (planner_->replaces_steps() || at.step == steps_per_epoch_) continue;
    if (planner_->is_due(steps_done())) evolve_within();
  }
  return true;
}

/// True where it took the place of the next step.
bool Trainer::evolve_within() {
  Progress& at = state_.progress;
  // The loss was that before the last update, and a plan counts on weights that have a sign.
  require_finite_weights(backend_->count_weights());
  const std::vector<std::uint64_t> before = connections_;
  const EvolutionOutcome outcome = evolve({at.epoch, steps_done(), true});
  add(at.evolved, outcome.record);
  if (!outcome.replaced_step) return false;
  std::uint64_t scored = 0;
  for (const EvolvedLayer& layer : outcome.record.layers) scored += layer.scored;
  const auto batch = static_cast<std::uint64_t>(state_.config.batch);
  if (at.cost) add_scoring_step(*at.cost, before, batch, scored);
  at.sums += *outcome.replaced_step;
  ++at.step;
  require_finite(at.sums.loss, "training loss");
  return true;
}

/// Trains at most `left` steps of the epoch.
void Trainer::train_piece(std::uint64_t left) {
  Progress& at = state_.progress;
  const StepRange range = {steps_done(), pieces_->next(left), steps_per_epoch_};
  std::vector<float> rates;
  for (std::uint32_t i = 0; i < range.count; ++i) {
    rates.push_back(learning_rate(state_.config, range.first + i, steps_per_epoch_));
  }
  double seconds = 0;
  {
    const PhaseTimer timer(seconds);
    for (const LossSums& sums : backend_->train(range, rates)) at.sums += sums;
  }
  at.step += range.count;
  if (at.cost) {
    add_steps(*at.cost, connections_, static_cast<std::uint64_t>(state_.config.batch), range.count);
  }
  timings_.train += seconds;
  pieces_->took(range.count, seconds, steps_per_epoch_);
  require_finite(at.sums.loss, "training loss");
  if (events_.on_progress) {
    events_.on_progress(at.epoch, at.step, steps_per_epoch_,
                        at.sums.loss / static_cast<double>(at.sums.samples));
  }
}

/// Records the trained network, evolves it where that is due, and hands both over.
void Trainer::end_epoch() {
  Progress& at = state_.progress;
  const EpochEvolutions within = std::exchange(at.evolved, {});
  EpochRecord record = evaluate();
  describe(record, within, {});
  append(state_.history, state_.config, state_.config, record);
  at = {.epoch = at.epoch + 1,
        .step = 0,
        .sums = {},
        .evolved = {},
        .evolution_pending = true,
        .cost = at.cost};
  std::optional<EvaluatedEpoch> best;
  if (state_.history.best.epoch == record.epoch) {
    best = EvaluatedEpoch{record, at.cost, state_.evolution, snapshot()};
  }
  const std::size_t evolved_within = evolutions_.size();
  const bool has_changed = !is_over(state_) && evolve_at_end(record, within);
  auto unchanged = best && !has_changed ? best->network : nullptr;
  hand_over(std::move(best), evolved_within, std::move(unchanged));
}

EpochRecord Trainer::evaluate() {
  const PhaseTimer timer(timings_.evaluate);
  const std::vector<WeightCounts> counts = backend_->count_weights();
  require_finite_weights(counts);
  EpochRecord record =
      evaluated_epoch(*backend_, *dataset_, state_.progress.epoch, state_.progress.sums, counts);
  require_finite(record.val_loss, "validation loss");
  require_finite(record.test_loss, "test loss");
  return record;
}

/// What follows an epoch that is not the last, where an evolution is due. True where the network
/// has changed.
bool Trainer::evolve_at_end(EpochRecord record, EpochEvolutions within) {
  state_.progress.evolution_pending = false;
  if (planner_->replaces_steps() || !planner_->is_due(steps_done())) return false;
  const EvolutionRecord evolution = evolve({record.epoch, steps_done(), false}).record;
  EpochEvolutions after;
  add(after, evolution);
  add(within, evolution);
  describe(record, within, after);
  complete_last(state_.history, std::move(record));
  return !evolution.is_paused;
}

EvolutionOutcome Trainer::evolve(const EvolutionPoint& point) {
  const PhaseTimer timer(timings_.evolve);
  // At an epoch's end the masks tell which cells have grown.
  const bool notes_cells = point.is_within_epoch && state_.config.topology;
  if (notes_cells && grown_within_.empty()) grown_within_ = nothing_grown_;
  EvolutionOutcome outcome =
      regrow::evolve(*backend_, *planner_, point, state_.history, state_.evolution,
                     notes_cells ? &grown_within_ : nullptr);
  const std::vector<EvolvedLayer>& layers = outcome.record.layers;
  for (std::size_t l = 0; l < layers.size(); ++l) connections_[l] = layers[l].after();
  evolutions_.push_back(outcome.record);
  return outcome;
}

/// `within`: how many of the evolutions to hand over took place within the epoch; `network`: as it
/// is now, where that has been copied already.
void Trainer::hand_over(std::optional<EvaluatedEpoch> best, std::size_t within,
                        std::shared_ptr<NetworkState> network) {
  const Progress& at = state_.progress;
  {
    const PhaseTimer timer(timings_.wait);
    recorder_->wait_for_room();
  }
  // The last one is saved in any case: it is what the run was for.
  const bool is_saved = is_over(state_) || recorder_->is_checkpoint_due(at.epoch);
  if (network == nullptr && recorder_->needs_network(state_.history.last.epoch, is_saved)) {
    network = snapshot();
  }
  const auto at_end = evolutions_.begin() + static_cast<std::ptrdiff_t>(within);
  recorder_->record({.progress = at,
                     .record = state_.history.last,
                     .timings = timings_,
                     .evolution = state_.evolution,
                     .within = {evolutions_.begin(), at_end},
                     .at_end = {at_end, evolutions_.end()},
                     .grown_within = std::exchange(grown_within_, {}),
                     .network = std::move(network),
                     .best = std::move(best),
                     .is_saved = is_saved});
  evolutions_.clear();
}

TrainingOutcome Trainer::stop(TrainingOutcome outcome) {
  const bool is_interrupted = outcome == TrainingOutcome::kInterrupted;
  if (is_interrupted) {
    require_finite_weights(backend_->count_weights());
    const bool has_begun = state_.progress.step > 0;
    recorder_->save({.progress = state_.progress,
                     .evolution = state_.evolution,
                     .within = std::exchange(evolutions_, {}),
                     .grown_within = std::exchange(grown_within_, {}),
                     .network = snapshot(),
                     .begun = has_begun ? std::optional(timings_) : std::nullopt});
  }
  recorder_->write_summary(is_interrupted ? "interrupted" : "finished");
  recorder_.reset();
  return outcome;
}

/// At an epoch's start: tells the back end where profiling starts and stops.
void Trainer::follow_profile() {
  const Config& config = state_.config;
  const std::int64_t epoch = state_.progress.epoch;
  const bool wanted = !is_over(state_) && config.profile_epochs.contains(epoch);
  if (wanted != is_profiled_) backend_->profile(wanted);
  is_profiled_ = wanted;
}

std::uint64_t Trainer::steps_done() const {
  return std::uint64_t{state_.progress.epoch} * steps_per_epoch_ + state_.progress.step;
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

// The epoch loop: train, evaluate, record, evolve.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/init_from.h"
#include "regrow/metrics.h"
#include "regrow/run_folder.h"
#include "regrow/run_length.h"

namespace regrow {

class EvolutionPlanner;
class Recorder;
class StepPieces;
struct EvaluatedEpoch;
struct EvolutionOutcome;
struct EvolutionPoint;

/// Full batches in one epoch. Throws Error where the data set is smaller than a batch, UsageError
/// where all epochs together have 2^32 steps or more.
std::uint32_t steps_per_epoch(const Config& config, const Dataset& dataset);

/// The state in which a new run starts: `config` (resolved), the untrained network, no history.
/// `given`: a network in place of a random one, of which `config` is (adopt_network()). Throws as
/// initial_network() and steps_per_epoch(), and as require_fit() where a network is given.
Checkpoint starting_state(const Config& config, const Dataset& dataset,
                          const Capabilities& capabilities,
                          std::vector<std::string>* warnings = nullptr,
                          std::optional<GivenNetwork> given = std::nullopt);

/// Throws Error naming what differs unless `dataset` holds what `state` was trained on. Where the
/// state does not know that, only shape, classes and statistics are compared, and it knows from
/// then on.
void require_same_data(Checkpoint& state, const Dataset& dataset);

/// True where the run has ended before its last epoch, for want of a better one than it had: the
/// last epoch recorded has not been followed by evolution, and stops_early() says so.
bool has_stopped_early(const Checkpoint& state);
/// True where nothing is left to train: has_stopped_early(), or all epochs are done.
bool is_over(const Checkpoint& state);

/// Throws as change_length() does before it writes, and changes nothing.
void check_length(const Checkpoint& state, const Dataset& dataset, const RunFolder& folder,
                  const RunLength& length);

/// Gives a run more epochs (or fewer that are still to come), or another patience: in `state`, in
/// last.safetensors, then in best.safetensors, so that in the end all files equal those of one run
/// of that length, which is one of length_with(). Where a former call was killed in between, one
/// with the length that `state` has mends best.safetensors. A best.safetensors of an older version
/// becomes one of this version. Throws UsageError, before it writes, where that many epochs are
/// done already, or as steps_per_epoch(); Error where a file cannot be written. A best.safetensors
/// that is gone or damaged is left so: nothing depends on it, and `warnings` takes a line.
void change_length(Checkpoint& state, const Dataset& dataset, const RunFolder& folder,
                   const RunLength& length, std::vector<std::string>* warnings = nullptr);

/// What the trainer tells, and asks, whoever watches. Any may be empty.
struct TrainerEvents {
  /// After every piece of an epoch: `step` of `steps` done, mean loss so far.
  std::function<void(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps, double loss)>
      on_progress;
  std::function<void(const EpochRecord&, const EpochTimings&)> on_epoch;
  std::function<bool()> stop_requested;  // asked before every piece of an epoch
};

enum class TrainingOutcome : std::uint8_t { kFinished, kInterrupted };

/// One run. Makes no decision that its configuration does not name; writes only to its folder, and
/// beside training.
class Trainer {
 public:
  /// Starts from starting_state(), or goes on from a checkpoint. `backend` is fresh: the trainer
  /// attaches the data and loads the network. Throws as require_same_data(), and Error where
  /// `state` does not fit the data.
  /// `begun`: when the run was asked for, from which on its start is timed.
  Trainer(Checkpoint state, std::shared_ptr<const Dataset> dataset,
          std::unique_ptr<Backend> backend, RunFolder folder, TrainerEvents events = {},
          std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now());
  ~Trainer();
  Trainer(Trainer&&) noexcept;

  /// Trains until all epochs are done, or have brought no improvement for long enough, or a stop is
  /// requested; either way the folder holds the whole
  /// state. Throws Error on a loss or weight that is not finite, naming epoch and layer, and where
  /// a file cannot be written; the summary then says "failed", and the last good checkpoint stays.
  /// Called once.
  TrainingOutcome run();

  /// Without measures of the masks in records of epochs that run() has trained.
  const History& history() const { return state_.history; }
  const Progress& progress() const { return state_.progress; }

 private:
  TrainingOutcome train();
  bool train_epoch();
  void train_piece(std::uint64_t left);
  bool evolve_within();
  void end_epoch();
  EpochRecord evaluate();
  bool evolve_at_end(EpochRecord record, EpochEvolutions within);
  EvolutionOutcome evolve(const EvolutionPoint& point);
  void hand_over(std::optional<EvaluatedEpoch> best, std::size_t within,
                 std::shared_ptr<NetworkState> network);
  TrainingOutcome stop(TrainingOutcome outcome);

  std::uint64_t steps_done() const;
  void follow_profile();
  std::shared_ptr<NetworkState> snapshot();
  void require_finite(double loss, const char* name);
  void require_finite_weights(const std::vector<WeightCounts>& counts);
  [[noreturn]] void fail(const std::string& reason);

  Checkpoint state_;  // without a network: the back end has it
  std::shared_ptr<const Dataset> dataset_;
  std::unique_ptr<Backend> backend_;
  RunFolder folder_;
  TrainerEvents events_;
  std::uint32_t steps_per_epoch_ = 0;
  std::unique_ptr<EvolutionPlanner> planner_;
  std::unique_ptr<StepPieces> pieces_;
  bool is_profiled_ = false;
  std::chrono::steady_clock::time_point begun_;
  double start_seconds_ = 0;                 // of which no epoch's timings tell yet
  EpochTimings timings_;                     // of the epoch that runs, or was recorded last
  std::vector<std::uint64_t> connections_;   // of every layer
  std::vector<EvolutionRecord> evolutions_;  // that were not handed over yet
  std::vector<CellBitmap> grown_within_;     // of these, the cells grown within an epoch
  std::vector<CellBitmap> nothing_grown_;    // its shape; none where no epoch evolves within
  std::shared_ptr<Recorder> recorder_;       // while run() runs
};

}  // namespace regrow

// The epoch loop: train, evaluate, record, decide, drop, grow.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/metrics.h"
#include "regrow/policy.h"
#include "regrow/run_folder.h"

namespace regrow {

class EventLog;
class TopologyMonitor;

/// The untrained network of a configuration: topology and weights, a function of the seed alone.
/// `warnings` takes one line for every layer that ε makes full. Throws UsageError where an explicit
/// count exceeds a layer's cells.
NetworkState initial_network(const Config& config, std::uint32_t features, std::uint32_t classes,
                             std::vector<std::string>* warnings = nullptr);

/// Full batches in one epoch. Throws Error where the data set is smaller than a batch, UsageError
/// where all epochs together have 2^32 steps or more.
std::uint32_t steps_per_epoch(const Config& config, const Dataset& dataset);

/// The state in which a new run starts: `config` (resolved), the untrained network, no history.
/// Throws as initial_network() and steps_per_epoch() do.
Checkpoint starting_state(const Config& config, const Dataset& dataset,
                          const Capabilities& capabilities,
                          std::vector<std::string>* warnings = nullptr);

/// Throws as set_epochs() does before it writes, and changes nothing.
void check_epochs(const Checkpoint& state, const Dataset& dataset, const RunFolder& folder,
                  std::int64_t epochs);

/// Asks a run for more epochs (or fewer that are still to come): in `state`, which last.safetensors
/// holds, in that file, then in best.safetensors, so that in the end all files equal those of one
/// run of that length. Where a former call was killed in between, one with the number of epochs
/// that `state` has mends best.safetensors. Throws UsageError, before it writes, where that many
/// epochs are done already, where the learning rates done depend on the length of the run, or as
/// steps_per_epoch(); Error where a file cannot be written. A best.safetensors that is gone or
/// damaged is left so: nothing depends on it, and `warnings` takes a line.
void set_epochs(Checkpoint& state, const Dataset& dataset, const RunFolder& folder,
                std::int64_t epochs, std::vector<std::string>* warnings = nullptr);

/// What the trainer tells, and asks, whoever watches. Any may be empty.
struct TrainerEvents {
  /// After every piece of an epoch: `step` of `steps` done, mean loss so far.
  std::function<void(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps, double loss)>
      on_progress;
  std::function<void(const EpochRecord&, const EpochTimings&)> on_epoch;
  std::function<bool()> stop_requested;  // asked before every piece of an epoch
};

enum class TrainingOutcome : std::uint8_t { kFinished, kInterrupted };

/// One run. Makes no decision that its configuration does not name; writes only to its folder.
class Trainer {
 public:
  /// Starts from starting_state(), or goes on from a checkpoint. `backend` is fresh: the trainer
  /// attaches the data and loads the network.
  Trainer(Checkpoint state, std::shared_ptr<const Dataset> dataset,
          std::unique_ptr<Backend> backend, RunFolder folder, TrainerEvents events = {});

  /// Trains until all epochs are done or a stop is requested; either way the folder holds the whole
  /// state. Throws Error on a loss or weight that is not finite, naming epoch and layer; the last
  /// good checkpoint stays.
  TrainingOutcome run();

  const std::vector<EpochRecord>& history() const { return state_.history; }
  const Progress& progress() const { return state_.progress; }

 private:
  bool train_epoch();
  void record_epoch();
  void evolve();
  void drop_and_grow(EpochRecord& record);
  void measure_topology();

  void open_event_log(std::uint32_t first_epoch);
  void log_epoch(const EpochRecord& record, const EpochTimings& timings);
  void require_finite(double loss, const char* name);
  void require_finite_weights(const std::vector<WeightCounts>& counts);
  [[noreturn]] void fail(const std::string& reason);

  void follow_profile();

  void write_last();
  void write_epoch();
  void write_summary(const char* status);
  TrainingOutcome stop(TrainingOutcome outcome);
  EpochTimings& timings_of(std::uint32_t epoch);

  Checkpoint state_;  // its network is filled only while a checkpoint is written
  std::shared_ptr<const Dataset> dataset_;
  std::unique_ptr<Backend> backend_;
  RunFolder folder_;
  TrainerEvents events_;
  std::vector<PlannedLayer> layers_;       // the output layer included
  std::uint64_t initial_connections_ = 0;  // of the hidden layers
  std::uint32_t steps_per_epoch_ = 0;
  std::uint32_t piece_ = 1;  // steps of the next call to train, unless the epoch ends before
  bool is_profiled_ = false;
  std::shared_ptr<TopologyMonitor> topology_;  // none where the setting is false
  std::shared_ptr<EventLog> event_log_;        // the same
  std::vector<EpochRecord> saved_history_;     // that of last.safetensors
  std::vector<EpochTimings> timings_;          // of the epochs recorded, then of the one that runs
};

}  // namespace regrow

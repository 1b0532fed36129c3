// Writes the files of a run beside training: what is recorded of every epoch, measures of its
// masks, checkpoints, and at last the summary.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/metrics.h"
#include "regrow/run_folder.h"
#include "regrow/topology.h"
#include "train/background.h"
#include "train/event_log.h"
#include "train/evolutions_file.h"
#include "train/metrics_file.h"
#include "train/timings_file.h"
#include "train/topology_monitor.h"

namespace regrow {

/// An epoch as it was when its network had been evaluated, before any evolution at its end.
struct EvaluatedEpoch {
  EpochRecord record;
  std::optional<TrainingCost> cost;
  EvolutionState evolution;
  /// May be the network of an EpochResult, where no evolution followed.
  std::shared_ptr<NetworkState> network;
};

/// What training hands over of an epoch.
struct EpochResult {
  Progress progress;     // after it, and after the evolution that followed, if one did
  EpochRecord record;    // the same; without measures of the masks
  EpochTimings timings;  // of training's own phases
  EvolutionState evolution;
  std::vector<EvolutionRecord> within;  // evolutions within the epoch that were not handed over yet
  std::vector<EvolutionRecord> at_end;  // the one at its end, where one followed
  std::vector<CellBitmap> grown_within;  // cells grown within the epoch; empty where none are noted
  /// The network then. May be absent where Recorder::needs_network() is false.
  std::shared_ptr<NetworkState> network;
  std::optional<EvaluatedEpoch> best;  // where it is the best so far
  bool is_saved = false;               // a checkpoint is due
};

/// A run that stops, perhaps within an epoch.
struct StoppedRun {
  Progress progress;
  EvolutionState evolution;
  std::vector<EvolutionRecord> within;  // evolutions that were not handed over yet
  std::vector<CellBitmap> grown_within;
  std::shared_ptr<NetworkState> network;
  std::optional<EpochTimings> begun;  // what the epoch took so far, where one has begun
};

/// Its members are called by the thread that trains. Once a file could not be written nothing more
/// is, and every member but fail() throws what went wrong.
class Recorder {
 public:
  /// Of the run in `folder`, which stands at `state` (without a network) with `network`. Record
  /// files are cut back to the epochs of `state`; where `completes_last`, the first result is of
  /// the last of these again, now that an evolution follows it. `topology`: where
  /// the masks are measured. Throws Error.
  Recorder(RunFolder folder, Checkpoint state, std::shared_ptr<NetworkState> network,
           const Capabilities& capabilities, std::optional<TopologyMonitor> topology,
           bool completes_last);

  /// What the timings have already of the epoch that goes on, or is completed.
  const EpochTimings& begun() const { return timings_.begun(); }

  /// True where the state after `epochs` epochs is to be saved.
  bool is_checkpoint_due(std::uint32_t epochs) const;
  /// True where the result of `epoch` must hold the network; `is_saved` as there.
  bool needs_network(std::uint32_t epoch, bool is_saved) const;
  /// Waits while two epochs are still to be written.
  void wait_for_room() { background_.wait_for_room(); }
  void record(EpochResult result);
  /// Throws what could not be written so far.
  void check() const { background_.check(); }

  /// Saves the state of a run that stops.
  void save(StoppedRun stopped);
  /// Waits until all is written, then writes the summary. `status`: see Summary.
  void write_summary(const std::string& status);

  /// Ends a run that failed: saves the newest state that was handed over, the best network and the
  /// summary, as far as they can be written. Returns the number of epochs in last.safetensors.
  std::uint32_t fail() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  struct BestNetwork {
    Checkpoint state;  // without a network
    std::shared_ptr<NetworkState> network;
  };

  void write(EpochResult& result);
  void append(const EpochRecord& record, EpochTimings& timings, const NetworkState* network);
  void restore_events(const NetworkState& network, std::uint32_t end);
  void append_evolutions(const std::vector<EvolutionRecord>& records);
  void keep_best(const EvaluatedEpoch& evaluated);
  void write_best();
  void write_last();
  void sync();

  RunFolder folder_;
  const Capabilities capabilities_;
  const CheckpointInterval interval_;

  // For the tasks in the background, and for others while none waits or runs; but whether there are
  // a topology and events never changes.
  Checkpoint state_;                       // without a network
  std::shared_ptr<NetworkState> network_;  // of `state_`; none where none was handed over
  bool is_saved_ = true;                   // `state_` is that of last.safetensors
  std::uint32_t saved_epochs_ = 0;
  std::optional<BestNetwork> best_;  // not written yet
  std::optional<TopologyMonitor> topology_;
  MetricsFile metrics_;
  std::optional<EvolutionsFile> evolutions_;  // where the method evolves
  TimingsFile timings_;
  std::optional<EventLog> events_;
  double write_seconds_ = 0;                  // since the last line of the timings
  double unreported_checkpoint_seconds_ = 0;  // of these, of checkpoints
  std::uint64_t initial_connections_ = 0;

  Clock::time_point last_due_ = Clock::now();
  std::atomic<double> checkpoint_seconds_ = 0;  // that the last checkpoint took

  Background background_;  // last, so that its thread ends before all that it uses
};

}  // namespace regrow

// The epoch loop: train, evaluate, record, decide, drop, grow.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/metrics.h"
#include "regrow/run_folder.h"

namespace regrow {

/// The untrained network of a configuration: topology and weights, a function of the seed alone.
/// `warnings` takes one line for every layer that ε makes full. Throws UsageError where an explicit
/// count exceeds a layer's cells.
NetworkState initial_network(const Config& config, std::uint32_t features, std::uint32_t classes,
                             std::vector<std::string>* warnings = nullptr);

/// What the trainer tells whoever watches.
struct TrainerEvents {
  std::function<void(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps, double loss)>
      on_progress;
  std::function<void(const EpochRecord&, const EpochTimings&)> on_epoch;
  std::function<bool()> stop_requested;  // asked between pieces of an epoch
};

enum class TrainingOutcome : std::uint8_t { kFinished, kInterrupted };

/// One run. Makes no decision that config does not name, and writes only to its folder.
class Trainer {
 public:
  /// A run from the start.
  Trainer(Config config, std::shared_ptr<const Dataset> dataset, std::unique_ptr<Backend> backend,
          RunFolder folder, TrainerEvents events);
  /// A run continued from a checkpoint; `config` may ask for more epochs.
  Trainer(Config config, std::shared_ptr<const Dataset> dataset, std::unique_ptr<Backend> backend,
          RunFolder folder, TrainerEvents events, Checkpoint checkpoint);

  /// Trains until config.epochs are done or a stop is requested. Throws Error on a loss or weight
  /// that is not finite, naming epoch and layer; the last good checkpoint stays.
  TrainingOutcome run();

  const std::vector<EpochRecord>& history() const { return history_; }

 private:
  void train_epoch();
  void evaluate_epoch();
  void finish_epoch();
  void evolve();
  bool is_evolving() const;
  void check_finite(const EpochRecord& record, const std::vector<WeightCounts>& counts) const;
  Checkpoint checkpoint() const;
  void write_state();
  void write_summary(const std::string& status) const;

  Config config_;
  std::shared_ptr<const Dataset> dataset_;
  std::unique_ptr<Backend> backend_;
  RunFolder folder_;
  TrainerEvents events_;
  std::uint32_t steps_per_epoch_ = 0;
  Progress progress_;
  std::vector<EpochRecord> history_;
  std::vector<EpochTimings> timings_;
};

}  // namespace regrow

// What a run remembers of its epochs: all that decisions, checkpoints and the summary read, at a
// size that does not grow with the number of epochs. Every record of every epoch is in
// metrics.jsonl.
#pragma once

#include <cstdint>
#include <deque>

#include "regrow/early_stopping.h"
#include "regrow/epoch_record.h"
#include "regrow/evolution/evolution_config.h"

namespace regrow {

struct History {
  std::uint32_t epochs = 0;         // recorded so far
  std::uint32_t paused_epochs = 0;  // of these

  // Without a meaning while `epochs` is 0.
  EpochRecord first;
  EpochRecord best;  // by `monitor`, the first of equals
  EpochRecord last;
  Improvement improved;  // the last one

  /// The measure that the pause compares, of the last pause_gap + 1 epochs, oldest first; fewer
  /// where there are fewer, none where the configuration has no pause.
  std::deque<double> recent;

  bool operator==(const History&) const = default;
};

/// Adds the record of epoch `history.epochs`, complete or with its evolution still to come.
/// The settings are resolved. Throws std::logic_error where it is another epoch's.
void append(History& history, const EvolutionConfig& config, const StoppingConfig& stopping,
            EpochRecord record);

/// Replaces the last record by one of the same epoch that knows more: its evolution, its masks.
/// Losses and accuracies are those that append() was given. Throws std::logic_error where it is
/// another epoch's.
void complete_last(History& history, EpochRecord record);

}  // namespace regrow

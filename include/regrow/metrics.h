// The records of a run as lines of JSON: deterministic metrics, and beside them, never inside,
// timings.
#pragma once

#include <cstdint>
#include <string>

#include "regrow/epoch_record.h"
#include "regrow/evolution/evolution_record.h"

namespace regrow {

/// One line of timings.jsonl: seconds by phase.
struct EpochTimings {
  std::uint32_t epoch = 0;

  // What training itself takes, one after the other.
  double train = 0;
  double evaluate = 0;
  double evolve = 0;
  double snapshot = 0;  // copies of the network, for the phases below
  double wait = 0;      // until the writer had room for another epoch

  // What runs beside training.
  double topology = 0;    // measures of the masks
  double histograms = 0;  // TensorBoard's
  double write = 0;       // files, since the line before was written
  double checkpoint = 0;  // of these, checkpoints

  // What came before the first step of the process that trained it, of the epoch that it began
  // with: data, network, back end, first files. No part of the epoch's duration.
  double start = 0;

  /// The epoch's duration: what runs beside training is no part of it.
  double total() const { return train + evaluate + evolve + snapshot + wait; }
};

/// One JSON object without a line end; numbers are written so that they read back exactly.
std::string to_json_line(const EpochRecord& record);
std::string to_json_line(const EvolutionRecord& record);
std::string to_json_line(const EpochTimings& timings);
/// Throw Error naming `source` and the field. Timings of runs that waited for each file have their
/// `write` as `wait`, too, and what their topology took is in `evaluate`.
EpochRecord parse_epoch_record(const std::string& line, const std::string& source);
EvolutionRecord parse_evolution_record(const std::string& line, const std::string& source);
EpochTimings parse_epoch_timings(const std::string& line, const std::string& source);

}  // namespace regrow

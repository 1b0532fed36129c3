// What is recorded of an epoch: deterministic metrics, and beside them, never inside, timings.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace regrow {

using FiveNumbers = std::array<std::uint32_t, 5>;  // minimum, quartiles, maximum

/// Of a layer's mask after the epoch's evolution (see regrow/topology.h).
struct LayerTopology {
  double overlap_previous = 1;     // share of the mask before the evolution that is still active
  double overlap_first = 1;        // the same of the initial mask
  std::optional<double> explored;  // share of the cells ever active; absent where not kept
  std::uint64_t dead = 0;          // outputs without a connection into or out of them
  std::uint64_t unconnected_inputs = 0;
  FiveNumbers in_degree{};   // over the outputs
  FiveNumbers out_degree{};  // over the inputs

  bool operator==(const LayerTopology&) const = default;
};

struct LayerRecord {
  std::uint64_t connections = 0;  // after the epoch's evolution
  std::uint64_t negatives = 0;    // weights of the trained network, before the drop
  std::uint64_t positives = 0;
  std::uint64_t dropped = 0;
  std::uint64_t grown = 0;
  // Absent for dense and where the setting `topology` is false.
  std::optional<LayerTopology> topology = std::nullopt;

  bool operator==(const LayerRecord&) const = default;
};

/// One line of metrics.jsonl.
struct EpochRecord {
  std::uint32_t epoch = 0;
  double loss = 0;  // training, mean over the epoch's batches as trained
  double accuracy = 0;
  double val_loss = 0;
  double val_accuracy = 0;
  double test_loss = 0;
  double test_accuracy = 0;
  std::optional<double> theta;  // absent in the last epoch and for static and dense
  bool paused = false;
  std::uint64_t connections = 0;    // hidden layers, after the evolution
  std::vector<LayerRecord> layers;  // hidden layers

  bool operator==(const EpochRecord&) const = default;
};

/// One line of timings.jsonl: seconds by phase.
struct EpochTimings {
  std::uint32_t epoch = 0;

  // What training itself takes, one after the other.
  double train = 0;
  double evaluate = 0;
  double drop = 0;
  double grow = 0;
  double snapshot = 0;  // copies of the network, for the phases below
  double wait = 0;      // until the writer had room for another epoch

  // What runs beside training.
  double topology = 0;    // measures of the masks
  double histograms = 0;  // TensorBoard's
  double write = 0;       // files, since the line before was written

  /// The epoch's duration: what runs beside training is no part of it.
  double total() const { return train + evaluate + drop + grow + snapshot + wait; }
};

/// One JSON object without a line end; numbers are written so that they read back exactly.
std::string to_json_line(const EpochRecord& record);
std::string to_json_line(const EpochTimings& timings);
/// Throw Error naming `source` and the field. Timings of runs that waited for each file have their
/// `write` as `wait`, too, and what their topology took is in `evaluate`.
EpochRecord parse_epoch_record(const std::string& line, const std::string& source);
EpochTimings parse_epoch_timings(const std::string& line, const std::string& source);

}  // namespace regrow

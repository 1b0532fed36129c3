// What is recorded of an epoch: all of it deterministic.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/topology.h"

namespace regrow {

struct LayerRecord {
  std::uint64_t connections = 0;  // after the epoch's evolution
  std::uint64_t negatives = 0;    // weights of the trained network, before the drop
  std::uint64_t positives = 0;
  std::uint64_t dropped = 0;  // of all evolutions in the epoch and at its end
  std::uint64_t grown = 0;
  std::uint64_t evaluated = 0;  // connections of the network evaluated
  // Absent for dense and where the setting `topology` is false.
  std::optional<LayerTopology> topology = std::nullopt;
  // Of connections that had grown, those that a drop of these evolutions could take for the first
  // time, and how many of them it left.
  std::uint64_t newborns = 0;
  std::uint64_t survived = 0;

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
  // Of the epoch's last evolution; absent where none was due.
  std::optional<double> theta;
  bool paused = false;              // evolutions were due, and each was paused
  std::uint64_t connections = 0;    // hidden layers, after the evolution
  std::vector<LayerRecord> layers;  // hidden layers

  bool operator==(const EpochRecord&) const = default;
};

}  // namespace regrow

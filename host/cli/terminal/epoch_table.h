// The lines of epochs above the bar of a terminal: columns, with their names above them, as many as
// fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/terminal/shown_epochs.h"

namespace regrow {

/// What lines of epochs say of a run beside what their records do.
struct RunSize {
  std::int64_t epochs = 0;
  std::uint64_t cells = 0;             // of the hidden layers: their connections if they were dense
  std::uint64_t connections = 0;       // of these before the first epoch to come
  std::uint64_t batch = 0;             // samples of a step
  std::uint64_t samples = 0;           // trained in an epoch
  Measure monitor = Measure::kValAcc;  // that chooses the best epoch
  bool has_accuracy = true;            // else numbers are predicted
};

class EpochTable {
 public:
  explicit EpochTable(RunSize size) : size_(size) {}

  /// The line of an epoch, a star at the best value of the monitor so far; none wider than
  /// `columns` unless its first column alone is; with the names above it where the last ones are of
  /// another width or far up.
  std::vector<std::string> lines(const ShownEpoch& epoch, std::size_t columns);

 private:
  RunSize size_;
  std::size_t columns_ = 0;      // of the last line
  std::size_t lines_since_ = 0;  // the names
};

/// Connections as a share of the cells that they are in; 0 where there are none.
double density(std::uint64_t connections, std::uint64_t cells);

}  // namespace regrow

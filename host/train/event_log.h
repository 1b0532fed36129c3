// What TensorBoard is told of a run: per epoch the numbers of its record and timings, and at times
// histograms of weights and degrees. See docs/tensorboard.md.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "io/append_file.h"
#include "io/event_file.h"
#include "regrow/metrics.h"
#include "regrow/network_state.h"

namespace regrow {

/// Seconds since 1970-01-01 UTC, now.
double wall_clock();

/// Of the hidden layers: weights, and where a layer is sparse its degrees. `network` is as the
/// evolution after the epoch left it.
std::vector<Histogram> histograms_of(const NetworkState& network);

class EventLog {
 public:
  /// Goes on in `file` (see EventFile) with the events of epochs from `first_epoch` on. `now` gives
  /// the wall time that TensorBoard wants for each event. Throws Error.
  EventLog(AppendFile file, std::uint32_t first_epoch, std::function<double()> now = wall_clock);

  /// True where the epoch's event has histograms: of each of the first 100, then of every
  /// tenth. TensorBoard shows at most 50 of them, and they are the larger part of the file.
  static bool has_histograms(std::uint32_t epoch);

  /// The first epoch that the file lacks. Less than the constructor's `first_epoch` where the file
  /// was lost or cut off.
  std::uint32_t next_epoch() const;

  /// Values that no float holds are left out. Throws Error on a full or failing disk; the file is
  /// then as before.
  void append(const EpochRecord& record, const EpochTimings& timings,
              std::vector<Histogram> histograms);
  /// Until the disk has it all. Throws Error.
  void sync() { file_.sync(); }

 private:
  std::function<double()> now_;
  EventFile file_;
};

}  // namespace regrow

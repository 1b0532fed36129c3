// timings.jsonl while a run is trained: a line an epoch, appended.
#pragma once

#include <cstdint>
#include <vector>

#include "io/append_file.h"
#include "regrow/metrics.h"
#include "regrow/run_folder.h"

namespace regrow {

class TimingsFile {
 public:
  /// Opens or makes the file, keeps the lines of the epochs before `first_epoch` as far as they can
  /// be read, and cuts off the rest. Timings are no part of a run's result: lines that are missing
  /// are no error. Throws Error where the file cannot be written.
  TimingsFile(const RunFolder& folder, std::uint32_t first_epoch);

  /// What the file said of epoch `first_epoch`: of its first part, where the run was stopped within
  /// it. All zero where it said nothing.
  const EpochTimings& begun() const { return begun_; }

  /// Throw Error where the file cannot be written. The second is for an epoch that a stop cuts in
  /// two: its seconds do not count yet.
  void append(const EpochTimings& timings);
  void append_begun(const EpochTimings& timings);
  void sync() { file_.sync(); }

  /// Of every epoch done, its seconds.
  const std::vector<double>& seconds() const { return seconds_; }

 private:
  AppendFile file_;
  EpochTimings begun_;
  std::vector<double> seconds_;
};

}  // namespace regrow

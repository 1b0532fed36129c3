// How far a run has come, as its record files tell while another thread or process writes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "regrow/metrics.h"

namespace regrow {

struct RecordedEpoch {
  EpochRecord record;
  double seconds = 0;  // that an epoch took last; 0 where no file tells
};

/// Follows the metrics.jsonl and timings.jsonl of the run in a folder. Only lines that have their
/// end count, so it does not matter whether a file grows or is replaced.
class RecordedProgress {
 public:
  explicit RecordedProgress(const std::filesystem::path& run);

  /// The epoch recorded last, or nothing where the file of metrics has not changed since the last
  /// call, is not there, or cannot be read. Reads the files' ends alone.
  std::optional<RecordedEpoch> poll();

 private:
  std::filesystem::path metrics_;
  std::filesystem::path timings_;
  std::uintmax_t size_ = 0;  // of metrics_ at the last call
};

}  // namespace regrow

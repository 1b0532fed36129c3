// metrics.jsonl while a run is trained: a line an epoch, appended.
#pragma once

#include <string>

#include "io/append_file.h"
#include "regrow/checkpoint.h"
#include "regrow/file_prefix.h"
#include "regrow/run_folder.h"

namespace regrow {

class MetricsFile {
 public:
  /// Opens or makes the file of a run that stands at `state`, and cuts back what is not of its
  /// epochs. The last record's line is put there anew, unless `completes_last`: then append() will
  /// do so. Throws Error as check_metrics(), and where the file cannot be written.
  MetricsFile(const RunFolder& folder, const Checkpoint& state, bool completes_last);

  /// Throws Error where the file cannot be written.
  void append(const EpochRecord& record);
  void sync() { file_.sync(); }

  /// The lines before the last one, or all of them while append() has still to give the last.
  const FilePrefix& before_last() const { return before_last_; }
  FilePrefix all() const { return extended(before_last_, last_); }

 private:
  AppendFile file_;
  FilePrefix before_last_;
  std::string last_;  // the last line, with its end; or none
};

/// Throws Error naming file and remedy unless metrics.jsonl and evolutions.jsonl begin with the
/// lines that `state` counts. Metrics of a checkpoint of version 2 need not be there: it holds them
/// itself.
void check_metrics(const RunFolder& folder, const Checkpoint& state);

/// Writes metrics.jsonl anew where a checkpoint of version 2 holds what it lacks.
void restore_metrics(const RunFolder& folder, const Checkpoint& state);

/// True where metrics.jsonl has the lines of all epochs of `state`, and no more.
bool has_all_metrics(const RunFolder& folder, const Checkpoint& state);

}  // namespace regrow

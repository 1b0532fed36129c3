// evolutions.jsonl while a run is trained: a line an evolution, appended.
#pragma once

#include <vector>

#include "io/append_file.h"
#include "regrow/checkpoint.h"
#include "regrow/evolution/evolution_record.h"
#include "regrow/file_prefix.h"
#include "regrow/run_folder.h"

namespace regrow {

class EvolutionsFile {
 public:
  /// Opens or makes the file of a run that stands at `state`, whose lines check_metrics() has
  /// found, and cuts back what came after. Throws Error where it cannot be written.
  EvolutionsFile(const RunFolder& folder, const Checkpoint& state);

  /// One write. Throws Error where the file cannot be written.
  void append(const std::vector<EvolutionRecord>& records);
  void sync() { file_.sync(); }

  const FilePrefix& all() const { return all_; }

 private:
  AppendFile file_;
  FilePrefix all_;
};

}  // namespace regrow

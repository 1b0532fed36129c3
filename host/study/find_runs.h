// The runs in folders: a folder is one run, or holds several, as a sweep's does.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "regrow/run_folder.h"

namespace regrow {

struct FoundRuns {
  std::vector<RunFolder> runs;  // in the order given, in a sweep by name; none twice
  bool only_sweeps = true;      // no folder that was given is a run by itself
  /// Of what holds no run, of runs without any epoch's files, and of what cannot be read.
  std::vector<std::string> warnings;
};

/// What else than runs a sweep's folder holds is no concern. Throws Error on a path that there is
/// not, and where there is no run at all.
FoundRuns find_runs(std::span<const std::string> paths);

}  // namespace regrow

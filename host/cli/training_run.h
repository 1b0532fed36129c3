// One run from its start, or from where it was left, to its end: what `regrow train` does, without
// the standard streams and signals of a program, for runs that share one.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "cli/setting_options.h"
#include "cli/terminal/progress.h"

namespace regrow {

struct TrainOptions {
  SettingOptions settings;
  std::string resume;    // a run folder, or "" for a new run
  std::string from;      // its checkpoint "previous" or "initial", or "" for the last one
  bool migrate = false;  // goes on on whatever computes here
  bool force = false;
  bool quiet = false;
};

/// Where a run says how it goes, and who may stop it.
struct RunConsole {
  std::ostream& out;
  std::ostream& err;
  ProgressStyle style;
  std::function<int()> stop_signal;  // asked many times a second: the signal to stop on, or 0
};

/// The exit code: 0, or 128 + the signal. Throws as what it calls.
int run_training(const TrainOptions& options, const RunConsole& console);

}  // namespace regrow

// What a sweep shows: on a terminal one live line a run and one for the whole; else plain lines.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "sweep/scheduler.h"

namespace regrow {

class SweepBoard {
 public:
  SweepBoard(ProgressStyle style, std::ostream& out, std::ostream& err);

  void on_start(const SweepRun& run, const Standing& standing);
  void on_epoch(const ActiveRun& active);
  void on_finish(const SweepRun& run);
  void on_failure(const FailedRun& failure);
  void on_tick(const SweepProgress& progress);
  /// Takes the live lines away.
  void clear();

 private:
  void say(const std::string& line);

  ProgressStyle style_;
  std::ostream& out_;
  std::ostream& err_;
  std::vector<std::string> drawn_;
  std::map<std::string, std::uint32_t> tenths_said_;  // by run
};

}  // namespace regrow

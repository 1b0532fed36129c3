// What a sweep shows: on a terminal one live line a run and one for the whole; else plain lines.
#pragma once

#include <chrono>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/live_lines.h"
#include "cli/terminal/progress.h"
#include "sweep/scheduler.h"

namespace regrow {

class SweepBoard {
 public:
  /// `name_columns`: of the longest name of a run, so that lines of several runs stand in columns.
  SweepBoard(ProgressStyle style, std::ostream& out, std::ostream& err,
             std::size_t name_columns = 0);

  void on_start(const SweepRun& run, const Standing& standing);
  void on_epoch(const ActiveRun& active);
  void on_finish(const SweepRun& run);
  void on_failure(const FailedRun& failure);
  void on_tick(const SweepProgress& progress);
  /// Takes the live lines away.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  /// Of a run that this sweep trains.
  struct Followed {
    Clock::time_point start = Clock::now();
    std::uint32_t tenths_said = 0;
    std::optional<EpochRecord> last;
  };

  std::vector<std::string> live_lines(const SweepProgress& progress, std::size_t columns) const;
  void say(const std::string& line);

  ProgressStyle style_;
  std::ostream& out_;
  std::ostream& err_;
  std::size_t name_columns_;
  const Clock::time_point start_ = Clock::now();
  LiveLines live_;
  std::vector<std::string> drawn_;
  std::map<std::string, Followed> followed_;  // by name
};

}  // namespace regrow

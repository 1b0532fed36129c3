// What a run shows while it trains: on a terminal one bar, redrawn; else one plain line an epoch.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "regrow/checkpoint.h"
#include "regrow/metrics.h"

namespace regrow {

struct ProgressStyle {
  bool bar = false;         // on `err`
  bool lines = false;       // on `out`
  std::size_t columns = 0;  // of the terminal; 0: as many as stderr's has at each redraw
};

/// What suits the standard streams: a bar where stderr is a terminal, lines where one of the two
/// streams is none.
ProgressStyle progress_style(bool quiet);

/// "1:02:03", or "-:--:--" for what is no time: nothing known, not finite, below 0, or more than a
/// century, as files that somebody else wrote may say.
std::string hours(std::optional<double> seconds);
/// "loss 1.2345  acc 0.5000  …", of a line of an epoch.
std::string facts_of(const EpochRecord& record);

class ProgressReporter {
 public:
  ProgressReporter(ProgressStyle style, std::int64_t epochs, std::ostream& out, std::ostream& err);
  ~ProgressReporter();
  ProgressReporter(const ProgressReporter&) = delete;
  ProgressReporter& operator=(const ProgressReporter&) = delete;

  void on_progress(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps, double loss);
  void on_epoch(const EpochRecord& record, const EpochTimings& timings);
  /// Takes the bar away.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string eta(double done) const;
  /// What the bar's line says, from the most to the least important.
  std::string bar_line(double done, const std::string& head,
                       const std::vector<std::string>& facts) const;

  ProgressStyle style_;
  std::int64_t epochs_;
  std::ostream& out_;
  std::ostream& err_;
  bool drawn_ = false;
  Clock::time_point start_;
  double done_at_start_ = -1;  // share of the run's steps
  std::string last_epoch_;     // its validation accuracy
};

}  // namespace regrow

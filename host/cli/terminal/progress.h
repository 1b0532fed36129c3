// What a run shows while it trains: on a terminal a bar, and above it lines of epochs in columns;
// else one plain line an epoch.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "cli/terminal/epoch_table.h"
#include "cli/terminal/live_lines.h"
#include "cli/terminal/shown_epochs.h"
#include "regrow/evolution/history.h"
#include "regrow/metrics.h"

namespace regrow {

struct ProgressStyle {
  bool bar = false;         // on `err`
  bool lines = false;       // on `out`: plain ones, for files and programs
  bool table = false;       // on `out`: lines of epochs above the bar, for people
  std::size_t columns = 0;  // of the terminal; 0: as many as stderr's has at each drawing
  std::size_t rows = 0;     // of the terminal; 0: as many as stderr's has at each drawing
  std::optional<std::size_t> text_columns{};  // that text on `out` is wrapped to; none: it is not
  std::chrono::milliseconds redraw_after{0};  // a bar that was drawn is left for so long
};

/// What suits the standard streams: a bar where stderr is a terminal, lines in columns above it
/// where both are, and plain lines where one of the two streams is none.
ProgressStyle progress_style(bool quiet);

/// The terminal's columns that bars and lines are fitted to.
std::size_t columns_of(const ProgressStyle& style);

/// "loss 1.2345  acc 0.5000  …", of a plain line of an epoch; where numbers are predicted there is
/// no accuracy.
std::string facts_of(const EpochRecord& record, bool has_accuracy);

/// Samples a second in training alone: what an epoch takes beside is no part of it.
class TrainingSpeed {
 public:
  using Clock = std::chrono::steady_clock;

  /// `samples` of `epoch` are trained.
  void note_piece(std::uint32_t epoch, std::uint64_t samples, Clock::time_point now);
  /// A whole epoch took so long: says most where epochs are short, and have one piece.
  void note_epoch(std::uint64_t samples, double seconds);
  /// Of the last few seconds; nothing at first.
  std::optional<double> samples_per_second() const;

 private:
  void add(double samples, double seconds);

  std::uint32_t epoch_ = 0;
  std::uint64_t samples_done_ = 0;
  std::optional<Clock::time_point> at_;  // the last piece's end
  bool has_pieces_ = false;              // timed in this epoch
  double samples_ = 0, seconds_ = 0;     // the older the less they weigh
};

class ProgressReporter {
 public:
  /// `history`: of the epochs before.
  ProgressReporter(ProgressStyle style, RunSize size, const History& history, std::ostream& out,
                   std::ostream& err);
  ~ProgressReporter();
  ProgressReporter(const ProgressReporter&) = delete;
  ProgressReporter& operator=(const ProgressReporter&) = delete;

  void on_progress(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps, double loss);
  void on_epoch(const EpochRecord& record, const EpochTimings& timings);
  /// Takes the bar away, and shows the last epoch where that has not been done.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  void show(const std::vector<ShownEpoch>& epochs);
  std::string eta(double done) const;

  ProgressStyle style_;
  RunSize size_;
  std::ostream& out_;
  LiveLines live_;
  ShownEpochs shown_;
  EpochTable table_;
  TrainingSpeed speed_;
  Clock::time_point start_ = Clock::now(), drawn_at_;
  double done_at_start_ = -1;  // share of the run's steps
  std::optional<EpochRecord> last_;
};

}  // namespace regrow

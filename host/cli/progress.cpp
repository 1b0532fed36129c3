// What a run shows while it trains: on a terminal one bar, redrawn; else one plain line an epoch.
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "cli/terminal.h"

namespace regrow {
namespace {

constexpr std::size_t kBarCells = 12;
constexpr std::size_t kFewestBarCells = 4;  // beside facts, which go first where it is narrow
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

std::string hours(std::optional<double> seconds) {
  constexpr double kCentury = 100 * 365.25 * 24 * 3600;
  if (!seconds || !(*seconds >= 0 && *seconds <= kCentury)) return "-:--:--";
  const auto whole = std::llround(*seconds);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

ProgressStyle progress_style(bool quiet) {
  if (quiet) return {};
  const bool bar = can_redraw(STDERR_FILENO);
  return {.bar = bar, .lines = !bar || isatty(STDOUT_FILENO) == 0};
}

std::string facts_of(const EpochRecord& record) {
  return fmt::format(
      "loss {:.4f}  acc {:.4f}  val_loss {:.4f}  val_acc {:.4f}  theta {}  connections {}",
      record.loss, record.accuracy, record.val_loss, record.val_accuracy,
      record.theta ? fmt::format("{:.4f}", *record.theta) : "-", record.connections);
}

ProgressReporter::ProgressReporter(ProgressStyle style, std::int64_t epochs, std::ostream& out,
                                   std::ostream& err)
    : style_(style), epochs_(epochs), out_(out), err_(err), start_(Clock::now()) {}

ProgressReporter::~ProgressReporter() { clear(); }

void ProgressReporter::clear() {
  if (drawn_) err_ << kClearLine << std::flush;
  drawn_ = false;
}

std::string ProgressReporter::eta(double done) const {
  const double here = done - done_at_start_;
  if (here <= 0) return hours(std::nullopt);
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  return hours(elapsed / here * (1 - done));
}

std::string ProgressReporter::bar_line(double done, const std::string& head,
                                       const std::vector<std::string>& facts) const {
  // A line as wide as the terminal would wrap, and a wrapped line cannot be redrawn.
  const std::size_t room =
      (style_.columns > 0 ? style_.columns : terminal_columns(STDERR_FILENO).value_or(80)) - 1;
  constexpr std::size_t kFrame = 3;  // blank and brackets
  std::string tail;
  for (const std::string& fact : facts) {
    if (head.size() + kFrame + kFewestBarCells + tail.size() + fact.size() > room) break;
    tail += fact;
  }
  const std::size_t used = std::min(head.size() + tail.size() + kFrame, room);
  const std::size_t cells = std::min(kBarCells, room - used);
  const auto full = static_cast<std::size_t>(done * static_cast<double>(cells));
  const std::string bar =
      cells == 0 ? ""
                 : fmt::format(" [{}{}]", std::string(full, '#'), std::string(cells - full, '.'));
  return (head + bar + tail).substr(0, room);
}

void ProgressReporter::on_progress(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps,
                                   double loss) {
  if (!style_.bar) return;
  const double done = (epoch + static_cast<double>(step) / steps) / static_cast<double>(epochs_);
  if (done_at_start_ < 0) {
    // The first piece is over already, but what it took is not known: count from its end.
    done_at_start_ = done;
    start_ = Clock::now();
  }
  err_ << kClearLine
       << bar_line(done, fmt::format("epoch {} ({}/{})", epoch, epoch + 1, epochs_),
                   {fmt::format("  ETA {}", eta(done)), fmt::format("  loss {:.4f}", loss),
                    last_epoch_, fmt::format("  step {}/{}", step, steps)})
       << std::flush;
  drawn_ = true;
}

void ProgressReporter::on_epoch(const EpochRecord& record, const EpochTimings& timings) {
  last_epoch_ = fmt::format("  val {:.4f}", record.val_accuracy);
  if (!style_.lines) return;
  clear();
  out_ << fmt::format("epoch {}  {}  {:.2f} s{}\n", record.epoch, facts_of(record), timings.total(),
                      record.paused ? "  paused" : "")
       << std::flush;
}

}  // namespace regrow

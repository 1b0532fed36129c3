// What a sweep shows.
#include "cli/sweep_board.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ostream>

#include "cli/terminal.h"

namespace regrow {
namespace {

std::string live_line(const ActiveRun& active) {
  const std::int64_t epochs = active.run->config.epochs;
  std::string line = fmt::format("{}  {}/{}", active.run->name, active.epochs, epochs);
  if (active.last) {
    const double left = static_cast<double>(epochs - active.epochs) * active.last->seconds;
    line += fmt::format("  ETA {}  {}", hours(left), facts_of(active.last->record));
  }
  return line;
}

}  // namespace

SweepBoard::SweepBoard(ProgressStyle style, std::ostream& out, std::ostream& err)
    : style_(style), out_(out), err_(err) {}

void SweepBoard::clear() {
  if (!drawn_.empty()) err_ << fmt::format("\x1b[{}F\x1b[J", drawn_.size()) << std::flush;
  drawn_.clear();
}

void SweepBoard::say(const std::string& line) {
  clear();
  out_ << line << '\n' << std::flush;
}

void SweepBoard::on_start(const SweepRun& run, const Standing& standing) {
  if (!style_.lines) return;
  say(standing.stage == Stage::kNew
          ? fmt::format("started {}", run.name)
          : fmt::format("goes on with {} after {} epochs", run.name, standing.epochs));
}

/// One plain line a tenth of a run: of a sweep's many epochs nobody reads every one.
void SweepBoard::on_epoch(const ActiveRun& active) {
  if (!style_.lines) return;
  const auto tenth =
      static_cast<std::uint32_t>(std::int64_t{active.epochs} * 10 / active.run->config.epochs);
  std::uint32_t& said = tenths_said_[active.run->name];
  if (tenth <= said || tenth == 10) return;
  said = tenth;
  say(fmt::format("{}: {} of {} epochs  {}", active.run->name, active.epochs,
                  active.run->config.epochs, facts_of(active.last->record)));
}

void SweepBoard::on_finish(const SweepRun& run) {
  if (style_.lines || style_.bar) say(fmt::format("finished {}", run.name));
}

void SweepBoard::on_failure(const FailedRun& failure) {
  clear();
  err_ << fmt::format("failed {}: {}\n", failure.name,
                      failure.message.empty() ? fmt::format("exit code {}", failure.exit_code)
                                              : failure.message)
       << std::flush;
}

void SweepBoard::on_tick(const SweepProgress& progress) {
  if (!style_.bar) return;
  std::vector<std::string> lines;
  for (const ActiveRun& active : progress.active) lines.push_back(live_line(active));
  lines.push_back(
      fmt::format("{} of {} runs finished{}  ETA {}", progress.finished, progress.runs,
                  progress.failed > 0 ? fmt::format(", {} failed", progress.failed) : "",
                  hours(progress.eta_seconds)));
  // A line as wide as the terminal would wrap, and wrapped lines cannot be counted.
  for (std::string& line : lines)
    line = line.substr(0, terminal_columns(STDERR_FILENO).value_or(80) - 1);
  if (lines == drawn_) return;
  clear();
  for (const std::string& line : lines) err_ << line << '\n';
  err_ << std::flush;
  drawn_ = std::move(lines);
}

}  // namespace regrow

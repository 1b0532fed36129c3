// What a sweep shows.
#include "cli/terminal/sweep_board.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "base/one_line.h"
#include "cli/terminal/number_text.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text_layout.h"
#include "config/check_training.h"

namespace regrow {
namespace {

constexpr std::size_t kFewestNameColumns = 12;

/// Padded to so many columns on the right.
std::string padded(const std::string& text, std::size_t columns) {
  const std::size_t width = display_width(text);
  return text + std::string(width < columns ? columns - width : 0, ' ');
}

/// The whole sweep has an ETA, too: what of a run has room first is its accuracy.
BarLine line_of(const ActiveRun& active, std::size_t name_columns, std::size_t epoch_columns) {
  const std::int64_t epochs = active.run->config.epochs;
  const Measure monitor = active.run->config.monitor;
  std::optional<double> left;
  if (active.last) left = static_cast<double>(epochs - active.epochs) * active.last->seconds;
  const auto number = [&](double EpochRecord::*field) {
    return active.last ? short_number(active.last->record.*field) : std::string("-");
  };
  const std::string count = fmt::format("{}/{}", active.epochs, epochs);
  return {.head = fmt::format("{}  {:>{}}",
                              padded(shortened(active.run->name, name_columns), name_columns),
                              count, epoch_columns),
          .done = static_cast<double>(active.epochs) / static_cast<double>(epochs),
          .facts = {fmt::format("{} {:>6}", name_of(monitor),
                                active.last ? short_number(measured(monitor, active.last->record))
                                            : std::string("-")),
                    fmt::format("ETA {}", hours(left)),
                    fmt::format("loss {:>6}", number(&EpochRecord::loss)),
                    fmt::format("connections {:>7}",
                                active.last ? grouped(active.last->record.connections) : "-"),
                    fmt::format("theta {:>6}", active.last && active.last->record.theta
                                                   ? short_number(*active.last->record.theta)
                                                   : "-"),
                    fmt::format("val_loss {:>6}", number(&EpochRecord::val_loss))}};
}

/// Of a run whose name has `name_columns`, or fewer, down to the fewest, so that facts fit; of
/// these the last are left out first.
std::string finished_line(const std::string& name, std::size_t name_columns,
                          const std::vector<std::string>& facts, std::size_t columns) {
  const std::string head = "finished ";
  const std::size_t room = columns > head.size() ? columns - head.size() : 1;
  const std::size_t least = std::min({name_columns, kFewestNameColumns, room});
  std::string tail;
  for (const std::string& fact : facts) {
    if (least + tail.size() + 2 + fact.size() > room) break;
    tail += "  " + fact;
  }
  const std::size_t width = std::min(name_columns, room - tail.size());
  const std::string shown = shortened(name, width);
  return head + (tail.empty() ? shown : padded(shown, width) + tail);
}

}  // namespace

SweepBoard::SweepBoard(ProgressStyle style, std::ostream& out, std::ostream& err,
                       std::size_t name_columns)
    : style_(style), out_(out), err_(err), name_columns_(name_columns), live_(err) {}

void SweepBoard::clear() {
  live_.clear(columns_of(style_));
  drawn_.clear();
}

void SweepBoard::say(const std::string& line) {
  clear();
  out_ << one_line(line) << '\n' << std::flush;
}

void SweepBoard::on_start(const SweepRun& run, const Standing& standing) {
  followed_[run.name] = Followed();
  if (!style_.lines) return;
  say(standing.stage == Stage::kNew
          ? fmt::format("started {}", run.name)
          : fmt::format("goes on with {} after {} epochs", run.name, standing.epochs));
}

/// One plain line a tenth of a run: of a sweep's many epochs nobody reads every one.
void SweepBoard::on_epoch(const ActiveRun& active) {
  Followed& run = followed_[active.run->name];
  run.last = active.last->record;
  if (!style_.lines) return;
  const auto tenth =
      static_cast<std::uint32_t>(std::int64_t{active.epochs} * 10 / active.run->config.epochs);
  if (tenth <= run.tenths_said || tenth == 10) return;
  run.tenths_said = tenth;
  say(fmt::format("{}: {} of {} epochs  {}", active.run->name, active.epochs,
                  active.run->config.epochs,
                  facts_of(active.last->record, !predicts_numbers(active.run->config))));
}

void SweepBoard::on_finish(const SweepRun& run) {
  if (!style_.lines && !style_.bar) return;
  const auto followed = followed_.find(run.name);
  if (followed == followed_.end() || !followed->second.last) {
    say("finished " + run.name);  // without an epoch of its own: only files were left to mend
    return;
  }
  const EpochRecord& last = *followed->second.last;
  const std::chrono::duration<double> taken = Clock::now() - followed->second.start;
  const bool has_accuracy = !predicts_numbers(run.config);
  if (style_.lines) {
    say(fmt::format("finished {}  {} {:.4f}  connections {}  {}", run.name,
                    has_accuracy ? "test_acc" : "test_loss",
                    has_accuracy ? last.test_accuracy : last.test_loss, last.connections,
                    duration_text(taken.count())));
    return;
  }
  const std::string loss = "test_loss " + short_number(last.test_loss);
  std::vector<std::string> parts = {
      has_accuracy ? "test_acc " + short_number(last.test_accuracy) : loss,
      fmt::format("connections {:>7}", grouped(last.connections)),
      fmt::format("{:>8}", duration_text(taken.count()))};
  if (has_accuracy) {
    parts.push_back("val_acc " + short_number(last.val_accuracy));
    parts.push_back(loss);
  } else {
    parts.push_back("val_loss " + short_number(last.val_loss));
  }
  say(finished_line(run.name, std::max(name_columns_, display_width(run.name)), parts,
                    columns_of(style_)));
}

void SweepBoard::on_failure(const FailedRun& failure) {
  clear();
  const std::string text = one_line(fmt::format(
      "failed {}: {}", failure.name,
      failure.message.empty() ? fmt::format("exit code {}", failure.exit_code) : failure.message));
  if (style_.bar) {
    for (const std::string& line : wrapped(text, columns_of(style_))) err_ << line << '\n';
  } else {
    err_ << text << '\n';
  }
  err_ << std::flush;
}

std::vector<std::string> SweepBoard::live_lines(const SweepProgress& progress,
                                                std::size_t columns) const {
  // More lines than the screen has rows could not be drawn again.
  constexpr std::size_t kOtherRows = 4;  // the whole's, that of those left out, and some to read
  const std::size_t rows =
      std::max(style_.rows > 0 ? style_.rows : terminal_rows(STDERR_FILENO), kOtherRows + 1);
  const std::size_t shown = std::min(progress.active.size(), rows - kOtherRows);

  std::size_t names = 0, epochs = 0;
  for (const ActiveRun& active : progress.active) {
    names = std::max(names, display_width(active.run->name));
    epochs = std::max(epochs, fmt::formatted_size("{0}/{0}", active.run->config.epochs));
  }
  names = std::min(names, std::max(kFewestNameColumns, columns / 4));
  std::vector<BarLine> bars;
  for (std::size_t i = 0; i < shown; ++i) {
    bars.push_back(line_of(progress.active[i], names, epochs));
  }
  std::vector<std::string> lines;
  lines.reserve(bars.size() + 2);
  std::size_t cells = 0, head = 0;
  if (!bars.empty()) {
    cells = bar_cells(bars.front(), columns);
    head = display_width(bars.front().head);
  }
  for (const BarLine& bar : bars) lines.push_back(drawn(bar, columns, cells));
  if (shown < progress.active.size()) {
    lines.push_back(
        fmt::format("and {} more", progress.active.size() - shown).substr(0, columns - 1));
  }
  const std::chrono::duration<double> elapsed = Clock::now() - start_;
  BarLine whole{
      .head = padded(fmt::format("{} of {} finished", progress.finished, progress.runs), head),
      .done = progress.done,
      .facts = {fmt::format("ETA {}", hours(progress.eta_seconds)),
                fmt::format("elapsed {}", hours(elapsed.count()))}};
  if (progress.failed > 0) {
    whole.facts.insert(whole.facts.begin(), fmt::format("{} failed", progress.failed));
  }
  lines.push_back(drawn(whole, columns, cells));
  return lines;
}

void SweepBoard::on_tick(const SweepProgress& progress) {
  if (!style_.bar) return;
  const std::size_t columns = columns_of(style_);
  std::vector<std::string> lines = live_lines(progress, columns);
  if (lines == drawn_) return;
  live_.draw(lines, columns);
  drawn_ = std::move(lines);
}

}  // namespace regrow

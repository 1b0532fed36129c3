// What a run shows while it trains.
#include "cli/terminal/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "cli/terminal/number_text.h"
#include "cli/terminal/terminal.h"
#include "regrow/config.h"

namespace regrow {
namespace {

constexpr std::chrono::milliseconds kRedrawAfter{50};

}  // namespace

ProgressStyle progress_style(bool quiet) {
  const bool to_terminal = isatty(STDOUT_FILENO) != 0;
  ProgressStyle style;
  if (to_terminal) style.text_columns = terminal_columns(STDOUT_FILENO);
  if (quiet) return style;
  style.bar = can_redraw(STDERR_FILENO);
  style.table = style.bar && to_terminal;
  style.lines = !style.table;
  style.redraw_after = kRedrawAfter;
  return style;
}

std::size_t columns_of(const ProgressStyle& style) {
  return style.columns > 0 ? style.columns : columns_to_fill(STDERR_FILENO);
}

std::string facts_of(const EpochRecord& record, bool has_accuracy) {
  const auto accuracy = [&](const char* name, double value) {
    return has_accuracy ? fmt::format("  {} {:.4f}", name, value) : std::string();
  };
  return fmt::format("loss {:.4f}{}  val_loss {:.4f}{}  theta {}  connections {}", record.loss,
                     accuracy("acc", record.accuracy), record.val_loss,
                     accuracy("val_acc", record.val_accuracy),
                     record.theta ? fmt::format("{:.4f}", *record.theta) : "-", record.connections);
}

void TrainingSpeed::note_piece(std::uint32_t epoch, std::uint64_t samples, Clock::time_point now) {
  // What an epoch begins with is not timed: there may be an evaluation before it.
  if (at_ && epoch == epoch_ && samples > samples_done_) {
    add(static_cast<double>(samples - samples_done_),
        std::chrono::duration<double>(now - *at_).count());
    has_pieces_ = true;
  }
  if (epoch != epoch_) has_pieces_ = false;
  epoch_ = epoch;
  samples_done_ = samples;
  at_ = now;
}

void TrainingSpeed::note_epoch(std::uint64_t samples, double seconds) {
  if (!has_pieces_ && seconds > 0) add(static_cast<double>(samples), seconds);
}

std::optional<double> TrainingSpeed::samples_per_second() const {
  if (seconds_ <= 0) return std::nullopt;
  return samples_ / seconds_;
}

void TrainingSpeed::add(double samples, double seconds) {
  constexpr double kSecondsRemembered = 5;
  const double kept = std::exp(-seconds / kSecondsRemembered);
  samples_ = samples_ * kept + samples;
  seconds_ = seconds_ * kept + seconds;
}

ProgressReporter::ProgressReporter(ProgressStyle style, RunSize size, const History& history,
                                   std::ostream& out, std::ostream& err)
    : style_(style),
      size_(size),
      out_(out),
      live_(err),
      shown_(history, size.epochs, size.monitor),
      table_(size) {
  if (history.epochs > 0) last_ = history.last;
}

ProgressReporter::~ProgressReporter() { finish(); }

void ProgressReporter::finish() {
  if (style_.table) show(shown_.held_back());
  live_.clear(columns_of(style_));
}

void ProgressReporter::show(const std::vector<ShownEpoch>& epochs) {
  if (epochs.empty()) return;
  const std::size_t columns = columns_of(style_);
  const std::vector<std::string> bar = live_.lines();
  live_.clear(columns);
  for (const ShownEpoch& epoch : epochs) {
    for (const std::string& line : table_.lines(epoch, columns)) out_ << line << '\n';
  }
  out_ << std::flush;
  // At once, as it may be long until there is news.
  if (!bar.empty()) live_.draw(bar, columns);
}

std::string ProgressReporter::eta(double done) const {
  const double here = done - done_at_start_;
  if (here <= 0) return hours(std::nullopt);
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  return hours(elapsed / here * (1 - done));
}

void ProgressReporter::on_progress(std::uint32_t epoch, std::uint32_t step, std::uint32_t steps,
                                   double loss) {
  if (!style_.bar) return;
  const auto now = Clock::now();
  const double done =
      (epoch + static_cast<double>(step) / steps) / static_cast<double>(size_.epochs);
  speed_.note_piece(epoch, step * size_.batch, now);
  if (done_at_start_ < 0) {
    // The first piece is over already, but what it took is not known: count from its end.
    done_at_start_ = done;
    start_ = now;
  }
  if (!live_.lines().empty() && now - drawn_at_ < style_.redraw_after) return;
  drawn_at_ = now;
  const auto speed = speed_.samples_per_second();
  const std::uint64_t connections = last_ ? last_->connections : size_.connections;
  const std::string epochs = std::to_string(size_.epochs), all_steps = std::to_string(steps);
  const BarLine line{
      .head = fmt::format("epoch {:>{}}/{}", std::int64_t{epoch} + 1, epochs.size(), epochs),
      .done = done,
      .facts = {
          fmt::format("ETA {}", eta(done)), fmt::format("loss {:>6}", short_number(loss)),
          fmt::format("{} {:>6}", name_of(size_.monitor),
                      last_ ? short_number(measured(size_.monitor, *last_)) : "-"),
          fmt::format("{:>7} samples/s",
                      speed ? grouped(static_cast<std::uint64_t>(std::min(*speed, 1e15))) : "-"),
          fmt::format("step {:>{}}/{}", step, all_steps.size(), all_steps),
          fmt::format("connections {}", grouped(connections)),
          fmt::format("density {:.4f}", density(connections, size_.cells)),
          fmt::format("theta {:>6}", last_ && last_->theta ? short_number(*last_->theta) : "-")}};
  const std::size_t columns = columns_of(style_);
  live_.draw({drawn(line, columns)}, columns);
}

void ProgressReporter::on_epoch(const EpochRecord& record, const EpochTimings& timings) {
  last_ = record;
  speed_.note_epoch(size_.samples, timings.train);
  if (style_.table) show(shown_.after(record, timings));
  if (!style_.lines) return;
  live_.clear(columns_of(style_));
  out_ << fmt::format("epoch {}/{}  {}  density {:.4f}  {:.2f} s{}\n",
                      std::int64_t{record.epoch} + 1, size_.epochs,
                      facts_of(record, size_.has_accuracy),
                      density(record.connections, size_.cells), timings.total(),
                      record.paused ? "  paused" : "")
       << std::flush;
}

}  // namespace regrow

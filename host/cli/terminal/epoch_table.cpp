// The lines of epochs above the bar of a terminal.
#include "cli/terminal/epoch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "cli/terminal/number_text.h"

namespace regrow {
namespace {

constexpr std::size_t kLinesBetweenNames = 20;  // so that a screen of 24 has them in sight
constexpr std::size_t kGap = 2;

std::string seconds_text(double seconds) {
  if (seconds < 99.995) return fmt::format("{:.2f}", seconds);
  return seconds < 99999.95 ? fmt::format("{:.1f}", seconds) : fmt::format("{:.2g}", seconds);
}

std::string density_text(double share) {
  return share > 0 && share < 0.001 ? fmt::format("{:.1e}", share) : fmt::format("{:.4f}", share);
}

/// Of all hidden layers.
std::string sum_of(const EpochRecord& record, std::uint64_t LayerRecord::*count) {
  return grouped(std::accumulate(
      record.layers.begin(), record.layers.end(), std::uint64_t{0},
      [=](std::uint64_t sum, const LayerRecord& layer) { return sum + layer.*count; }));
}

struct Column {
  const char* name;
  std::size_t rank;  // where not all fit, those of the lowest ranks are left out first: the highest
  std::size_t (*width)(const RunSize&);  // that its numbers need
  std::string (*text)(const ShownEpoch&, const RunSize&);
};

/// With a star where it is the monitor's best so far.
template <double EpochRecord::*Value, Measure Of>
std::string starred(const ShownEpoch& shown, const RunSize& size) {
  const bool is_best = shown.is_best && size.monitor == Of;
  return (is_best ? "*" : "") + short_number(shown.record.*Value);
}

std::size_t six(const RunSize&) { return 6; }
std::size_t width_of_connections(const RunSize& size) { return grouped(size.connections).size(); }

const std::array kColumns = {
    Column{"epoch", 0, [](const RunSize& size) { return fmt::formatted_size("{}", size.epochs); },
           [](const ShownEpoch& shown, const RunSize&) {
             return std::to_string(std::int64_t{shown.record.epoch} + 1);
           }},
    Column{"loss", 2, six, starred<&EpochRecord::loss, Measure::kLoss>},
    Column{"acc", 4, six, starred<&EpochRecord::accuracy, Measure::kAcc>},
    Column{"val_loss", 8, six, starred<&EpochRecord::val_loss, Measure::kValLoss>},
    Column{"val_acc", 1, six, starred<&EpochRecord::val_accuracy, Measure::kValAcc>},
    Column{
        "connections", 3, width_of_connections,
        [](const ShownEpoch& shown, const RunSize&) { return grouped(shown.record.connections); }},
    Column{"density", 5, six,
           [](const ShownEpoch& shown, const RunSize& size) {
             return density_text(density(shown.record.connections, size.cells));
           }},
    // Of a paused epoch the ratio was not used.
    Column{"theta", 6, six,
           [](const ShownEpoch& shown, const RunSize&) {
             if (shown.record.paused) return std::string("paused");
             return shown.record.theta ? short_number(*shown.record.theta) : std::string("-");
           }},
    Column{"dropped", 9, width_of_connections,
           [](const ShownEpoch& shown, const RunSize&) {
             return sum_of(shown.record, &LayerRecord::dropped);
           }},
    Column{"grown", 10, width_of_connections,
           [](const ShownEpoch& shown, const RunSize&) {
             return sum_of(shown.record, &LayerRecord::grown);
           }},
    Column{"seconds", 7, six,
           [](const ShownEpoch& shown, const RunSize&) {
             return seconds_text(shown.timings.total());
           }},
    Column{"samples/s", 11, six,
           [](const ShownEpoch& shown, const RunSize& size) {
             if (shown.timings.train <= 0) return std::string("-");
             const double speed = static_cast<double>(size.samples) / shown.timings.train;
             return speed < 1e12 ? grouped(static_cast<std::uint64_t>(speed)) : std::string("-");
           }},
};

/// Accuracies, where numbers are predicted, say nothing.
bool is_shown(const Column& column, const RunSize& size) {
  return size.has_accuracy || !std::string_view(column.name).ends_with("acc");
}

using Widths = std::array<std::size_t, kColumns.size()>;

/// Of each column, with the gap before it; 0 where it has no room.
Widths fitted(const RunSize& size, std::size_t columns) {
  std::array<const Column*, kColumns.size()> by_rank{};
  for (const Column& column : kColumns) by_rank[column.rank] = &column;
  Widths widths{};
  std::size_t used = 0;
  for (const Column* column : by_rank) {
    if (!is_shown(*column, size)) continue;
    const std::size_t gap = column == &kColumns.front() ? 0 : kGap;
    const std::size_t width = gap + std::max(std::string(column->name).size(), column->width(size));
    if (used > 0 && used + width > columns) continue;
    widths[static_cast<std::size_t>(column - kColumns.data())] = width;
    used += width;
  }
  return widths;
}

}  // namespace

double density(std::uint64_t connections, std::uint64_t cells) {
  return cells == 0 ? 0 : static_cast<double>(connections) / static_cast<double>(cells);
}

std::vector<std::string> EpochTable::lines(const ShownEpoch& epoch, std::size_t columns) {
  const Widths widths = fitted(size_, columns);
  const bool has_names = columns_ == columns && lines_since_ < kLinesBetweenNames;
  std::string names, line;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (widths[i] == 0) continue;
    names += fmt::format("{:>{}}", kColumns[i].name, widths[i]);
    line += fmt::format("{:>{}}", kColumns[i].text(epoch, size_), widths[i]);
  }
  columns_ = columns;
  lines_since_ = has_names ? lines_since_ + 1 : 1;
  if (has_names) return {line};
  return {names, line};
}

}  // namespace regrow

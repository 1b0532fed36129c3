// Lines at the end of a terminal's screen that are drawn again and again.
#include "cli/terminal/live_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/terminal/text_layout.h"

namespace regrow {
namespace {

constexpr std::size_t kFrame = 3;  // blank and brackets of a bar
constexpr std::size_t kPercent = 6;
constexpr std::size_t kFewestCells = 4;

/// What of a line is drawn: so many facts, with the percentage or without.
struct Fit {
  std::size_t cells = 0;
  bool has_percent = false;
  std::size_t facts = 0;
};

Fit fit(const BarLine& line, std::size_t room, std::size_t fixed_cells) {
  const std::size_t head = display_width(line.head);
  Fit fit;
  if (room < head + kFrame + kFewestCells) return fit;
  const std::size_t cells = fixed_cells > 0 ? fixed_cells : std::max(kFewestCells, room / 8);
  std::size_t used = head + kFrame + cells;
  fit.has_percent = used + kPercent <= room;
  if (fit.has_percent) {
    used += kPercent;
    for (const std::string& fact : line.facts) {
      const std::size_t width = 2 + display_width(fact);
      if (used + width > room) break;
      used += width;
      ++fit.facts;
    }
  }
  if (fixed_cells > 0) {
    fit.cells = std::min(cells, room - head - kFrame);
  } else {
    fit.cells = used > room ? room - head - kFrame : cells + room - used;
  }
  return fit;
}

}  // namespace

std::size_t bar_cells(const BarLine& line, std::size_t columns) {
  return fit(line, columns - 1, 0).cells;
}

std::string drawn(const BarLine& line, std::size_t columns, std::size_t cells) {
  const std::size_t room = columns - 1;
  const Fit fitted = fit(line, room, cells);
  if (fitted.cells == 0) return first_columns(line.head, room);
  const double done = std::clamp(line.done, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(done * static_cast<double>(fitted.cells));
  std::string text = fmt::format("{} [{}{}]", line.head, std::string(full, '#'),
                                 std::string(fitted.cells - full, '.'));
  // Rounded down: 100 % is said of what is done.
  if (fitted.has_percent) text += fmt::format(" {:3} %", static_cast<int>(done * 100));
  for (std::size_t i = 0; i < fitted.facts; ++i) text += "  " + line.facts[i];
  return text;
}

/// That the lines take. Terminals that became narrower have broken them in pieces.
std::size_t LiveLines::rows(std::size_t columns) const {
  std::size_t rows = 0;
  for (const std::string& line : lines_) {
    rows += std::max<std::size_t>(1, (display_width(line) + columns - 1) / columns);
  }
  return rows;
}

void LiveLines::draw(const std::vector<std::string>& lines, std::size_t columns) {
  // One write, and no line emptied before it is written, so that nothing flickers.
  std::string text = "\r";
  if (const std::size_t former = rows(columns); former > 1) {
    text += fmt::format("\x1b[{}A", former - 1);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += lines[i] + (i + 1 < lines.size() ? "\x1b[K\n" : "\x1b[J");
  }
  out_ << text << std::flush;
  lines_ = lines;
}

void LiveLines::clear(std::size_t columns) {
  if (lines_.empty()) return;
  // One by one, as some terminals keep a screen that is emptied at once among the lines above it.
  std::string text = "\r\x1b[K";
  for (std::size_t row = rows(columns); row > 1; --row) text += "\x1b[A\x1b[K";
  out_ << text << std::flush;
  lines_.clear();
}

}  // namespace regrow

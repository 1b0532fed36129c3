// Lines at the end of a terminal's screen that are drawn again and again, with bars in them.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace regrow {

/// A line with a bar: "epoch 3/10 [####......]  40 %  ETA 0:01:23 …". The facts stand from the most
/// to the least important; widths do not change from one drawing to the next, so neither does what
/// has room.
struct BarLine {
  std::string head;
  double done = 0;  // of the bar, 0 to 1
  std::vector<std::string> facts;
};

/// Below `columns`, as a line that fills the last one would wrap. As many facts as leave a bar of
/// an eighth of the line, which then takes what is left; `cells`: or just so many.
std::string drawn(const BarLine& line, std::size_t columns, std::size_t cells = 0);
/// The cells that the line's bar has when drawn.
std::size_t bar_cells(const BarLine& line, std::size_t columns);

class LiveLines {
 public:
  explicit LiveLines(std::ostream& out) : out_(out) {}

  /// In place of those drawn before; the cursor stays behind the last one. `columns`: of the
  /// terminal now, which may be others than then.
  void draw(const std::vector<std::string>& lines, std::size_t columns);
  /// Takes them away, so that what is written next stays on the screen.
  void clear(std::size_t columns);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::size_t rows(std::size_t columns) const;

  std::ostream& out_;
  std::vector<std::string> lines_;
};

}  // namespace regrow

// What the terminals behind the standard streams can show.
#include "cli/terminal/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace regrow {
namespace {

constexpr std::size_t kFewestAsked = 20;
constexpr std::size_t kMostAsked = 10000;
constexpr std::size_t kUsualColumns = 80;

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::size_t> asked_columns() {
  const std::string_view text = environment("COLUMNS");
  std::size_t columns = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (!whole || columns < kFewestAsked || columns > kMostAsked) return std::nullopt;
  return columns;
}

}  // namespace

std::optional<std::size_t> terminal_columns(int stream) {
  const std::optional<std::size_t> asked = asked_columns();
  if (isatty(stream) == 0) return asked;
  winsize size{};
  const bool known = ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  if (!known) return asked.value_or(kUsualColumns);
  // What is wider than the terminal would wrap.
  return std::min<std::size_t>(asked.value_or(size.ws_col), size.ws_col);
}

std::size_t columns_to_fill(int stream) { return terminal_columns(stream).value_or(kUsualColumns); }

std::size_t terminal_rows(int stream) {
  constexpr std::size_t kUsualRows = 24;
  winsize size{};
  const bool known = ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  return known ? size.ws_row : kUsualRows;
}

bool can_redraw(int stream) {
  // CI=false is how some tools say that they are none.
  const std::string_view ci = environment("CI");
  return isatty(stream) != 0 && environment("TERM") != "dumb" && (ci.empty() || ci == "false");
}

}  // namespace regrow

// What the terminals behind the standard streams can show.
#pragma once

#include <cstddef>
#include <optional>

namespace regrow {

/// Columns of the terminal behind a standard stream (1: output, 2: error), or fewer where COLUMNS,
/// a whole number from 20 to 10000, says so. Of a stream that is no terminal only what COLUMNS
/// says, if anything: what is written to a file or a pipe fits no screen.
std::optional<std::size_t> terminal_columns(int stream);

/// The same for what is always wrapped: 80 where nothing says how many.
std::size_t columns_to_fill(int stream);

/// Rows of the terminal behind a standard stream; 24 where it does not say.
std::size_t terminal_rows(int stream);

/// Whether lines can be redrawn there: a terminal, and neither TERM=dumb (editors, some consoles)
/// nor CI (a log that somebody reads later) says otherwise.
bool can_redraw(int stream);

}  // namespace regrow

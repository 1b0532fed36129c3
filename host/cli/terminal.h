// What the terminals behind the standard streams can show.
#pragma once

#include <cstddef>
#include <optional>

namespace regrow {

/// Columns of the terminal behind a standard stream (1: output, 2: error), or what COLUMNS says
/// where it is set to a whole number from 20 on. None where the stream is no terminal and COLUMNS
/// is not set: what is written to a file or a pipe fits no screen.
std::optional<std::size_t> terminal_columns(int stream);

/// Rows of the terminal behind a standard stream; 24 where it does not say.
std::size_t terminal_rows(int stream);

/// Whether lines can be redrawn there: a terminal, and neither TERM=dumb (editors, some consoles)
/// nor CI (a log that somebody reads later) says otherwise.
bool can_redraw(int stream);

}  // namespace regrow

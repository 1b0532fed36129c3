// How a command leaves the program, or its thread.
#pragma once

#include <functional>
#include <iosfwd>

namespace regrow {

/// Runs `command`, which prints to `out` and returns an exit code or throws any std::exception.
/// What it throws becomes one line "error: …" on `err` and a code: 2 for a UsageError, EX_TEMPFAIL
/// (75) for a LockedError, else 1; so does an `out` that took not all of it.
int exit_code_of(const std::function<int()>& command, std::ostream& out, std::ostream& err);

}  // namespace regrow

// The program behind main(): parses the command line and runs one command.
#pragma once

namespace regrow {

/// Returns the exit code: 0, 1 for an error, 2 for a command line or a configuration that makes no
/// sense, 75 for a run folder that another run is writing to, 128 + signal for an interrupted run.
/// Errors are one line on stderr.
int run_cli(int argc, const char* const* argv);

}  // namespace regrow

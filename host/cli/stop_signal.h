// SIGINT, SIGTERM and SIGUSR1 as a question: was the run asked to stop? Batch systems send the
// last one some time before they end a job.
#pragma once

namespace regrow {

/// From now on the first of each kind is remembered; a second one of the same kind ends the program
/// at once.
void catch_stop_signals();

/// The latest signal received, or 0.
int stop_signal();

}  // namespace regrow

// SIGINT and SIGTERM as a question: was the run asked to stop?
#pragma once

namespace regrow {

/// From now on the first of them is remembered; a second one ends the program at once.
void catch_stop_signals();

/// The signal received, or 0.
int stop_signal();

}  // namespace regrow

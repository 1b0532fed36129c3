// regrow train: starts a run or goes on with one, and says how it goes.
#include <iostream>

#include "cli/commands.h"
#include "cli/stop_signal.h"

namespace regrow {

int train_command(const TrainOptions& options) {
  catch_stop_signals();
  return run_training(options, {std::cout, std::cerr, progress_style(options.quiet), &stop_signal});
}

}  // namespace regrow

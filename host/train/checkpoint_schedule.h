// When a run saves its state while it trains.
#pragma once

#include <cstdint>

#include "regrow/config.h"

namespace regrow {

/// What a schedule that follows the clock looks at.
struct CheckpointClock {
  double seconds = 0;       // since the last checkpoint was due
  double cost_seconds = 0;  // that the last one took to write
  bool is_busy = false;     // the writer has not caught up with training
};

/// True where the state after `epochs` epochs is to be saved. A checkpoint that is due by its
/// epoch's number is always saved; one that is due by the clock waits while the writer is busy,
/// though not for longer than another interval.
bool is_checkpoint_due(const CheckpointInterval& interval, std::uint32_t epochs,
                       const CheckpointClock& clock);

}  // namespace regrow

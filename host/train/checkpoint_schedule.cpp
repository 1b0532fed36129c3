// Epochs or seconds between two checkpoints.
#include "train/checkpoint_schedule.h"

#include <algorithm>

namespace regrow {
namespace {

// A kill costs at most so much of training, and writing at most such a share of the time.
constexpr double kAutoSeconds = 30;
constexpr double kMostShare = 0.01;

}  // namespace

bool is_checkpoint_due(const CheckpointInterval& interval, std::uint32_t epochs,
                       const CheckpointClock& clock) {
  if (interval.epochs > 0) return epochs % interval.epochs == 0;
  const double wanted = interval.seconds > 0
                            ? interval.seconds
                            : std::max(kAutoSeconds, clock.cost_seconds / kMostShare);
  // Where the writer never catches up, training waits for a checkpoint rather than have none.
  return clock.seconds >= (clock.is_busy ? 2 * wanted : wanted);
}

}  // namespace regrow

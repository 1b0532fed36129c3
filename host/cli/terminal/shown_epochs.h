// Which epochs of a run have a line on a terminal: all of a short run, some of a long one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/evolution/history.h"
#include "regrow/metrics.h"

namespace regrow {

struct ShownEpoch {
  EpochRecord record;
  EpochTimings timings;
  bool is_best = false;  // of those up to it, by the run's monitor
};

/// Of a run with more epochs to train than fit on a few screens, shows every second one, or fifth,
/// tenth, …; the first and the last; and between two of these the best one, if it is the best so
/// far. So about 50 lines are regular ones, at most as many again are of best epochs, and the best
/// of the run is always among them.
class ShownEpochs {
 public:
  /// `history`: of the epochs before, of so many in all. `monitor` says which is best.
  ShownEpochs(const History& history, std::int64_t epochs, Measure monitor);

  /// Every so many epochs have a line; 1: all.
  std::int64_t stride() const { return stride_; }

  /// What is to be shown after this epoch, oldest first; often nothing.
  std::vector<ShownEpoch> after(const EpochRecord& record, const EpochTimings& timings);
  /// What is to be shown where the run stops here: the last epoch, and the best before it.
  std::vector<ShownEpoch> held_back();

 private:
  std::int64_t epochs_;
  std::int64_t stride_;
  Measure monitor_;
  bool is_first_ = true;
  std::optional<double> best_;
  std::optional<ShownEpoch> held_best_;
  std::optional<ShownEpoch> held_last_;
};

}  // namespace regrow

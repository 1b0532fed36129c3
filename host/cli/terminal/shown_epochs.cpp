// Which epochs of a run have a line on a terminal.
#include "cli/terminal/shown_epochs.h"

#include <utility>

namespace regrow {
namespace {

constexpr std::int64_t kMostRegularLines = 50;

/// 1, 2, 5, 10, 20, …: the numbers shown are round ones.
std::int64_t stride_for(std::int64_t epochs) {
  for (std::int64_t power = 1;; power *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) {
      if (epochs <= factor * power * kMostRegularLines) return factor * power;
    }
  }
}

}  // namespace

ShownEpochs::ShownEpochs(const History& history, std::int64_t epochs, Measure monitor)
    : epochs_(epochs),
      stride_(stride_for(epochs - std::int64_t{history.epochs})),
      monitor_(monitor) {
  if (history.epochs > 0) best_ = measured(monitor, history.best);
}

std::vector<ShownEpoch> ShownEpochs::after(const EpochRecord& record, const EpochTimings& timings) {
  const double value = measured(monitor_, record);
  const bool is_best = !best_ || is_better(monitor_, value, *best_, 0);
  held_last_ = {record, timings, is_best};
  if (is_best) {
    best_ = value;
    held_best_ = held_last_;
  }
  const std::int64_t number = std::int64_t{record.epoch} + 1;
  const bool is_shown = is_first_ || number % stride_ == 0 || number == epochs_;
  is_first_ = false;
  return is_shown ? held_back() : std::vector<ShownEpoch>();
}

std::vector<ShownEpoch> ShownEpochs::held_back() {
  std::vector<ShownEpoch> shown;
  if (!held_last_) return shown;
  if (held_best_ && held_best_->record.epoch != held_last_->record.epoch) {
    shown.push_back(*std::move(held_best_));
  }
  shown.push_back(*std::move(held_last_));
  held_best_.reset();
  held_last_.reset();
  return shown;
}

}  // namespace regrow

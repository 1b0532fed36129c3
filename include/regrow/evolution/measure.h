// The four numbers of an epoch, any of which may steer a method.
#pragma once

#include <cstdint>

#include "regrow/epoch_record.h"

namespace regrow {

/// kAuto: the method's own. kNone: nothing steers.
enum class Measure : std::uint8_t { kAuto, kNone, kLoss, kValLoss, kAcc, kValAcc };

/// True where smaller is better. Throws std::logic_error for kAuto and kNone.
bool is_loss(Measure measure);
/// The measure's value in an epoch's record. Throws as is_loss().
double measured(Measure measure, const EpochRecord& record);
/// True where `value` is better than `other` by more than `margin`. Throws as is_loss().
bool is_better(Measure measure, double value, double other, double margin);

}  // namespace regrow

// Whether the parts of a checkpoint fit each other.
#pragma once

#include "regrow/checkpoint.h"

namespace regrow {

/// Throws Error naming what holds a NaN or an infinity.
void check_finite(const Checkpoint& checkpoint);

/// Throws Error naming what does not fit: shape, settings, progress and history against the
/// network.
void check_fit(const Checkpoint& checkpoint);

}  // namespace regrow

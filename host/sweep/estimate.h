// How long an epoch of a run takes here, measured.
#pragma once

#include "regrow/config.h"

namespace regrow {

/// Seconds an epoch: a few training steps and one evaluation, timed. Loads the data. Throws as
/// load_dataset() and make_backend().
double estimate_epoch_seconds(const Config& config);

}  // namespace regrow

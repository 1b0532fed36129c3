// How long a sweep will take: an epoch, measured here, and how many of them one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regrow/config.h"

namespace regrow {

/// Seconds an epoch: a few training steps and one evaluation, timed. Loads the data. Throws as
/// load_dataset() and make_backend().
double estimate_epoch_seconds(Config config);

/// Of runs with so many epochs left, `jobs` at once: how many epochs one after the other it takes,
/// at least.
double epochs_in_turn(std::span<const std::int64_t> left, std::size_t jobs);

}  // namespace regrow

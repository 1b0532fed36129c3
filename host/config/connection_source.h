// Which of `epsilon`, `density` and `connections` says how many connections a network starts with.
// In a settled configuration one does, and the others are 0 or empty.
#pragma once

#include <cstdint>
#include <span>

#include "config/settings.h"

namespace regrow {

/// By the values alone: `connections` if there are any, else `density` above 0, else `epsilon`.
void settle_connections(Config& config);

/// Where settings are given. Older programs wrote files with both `epsilon` and `connections`,
/// which are read for ever: there the latter win.
enum class Layer : std::uint8_t { kFile, kFlags };

/// Sets settings over a configuration, settled before and after: of the three, what is given wins
/// over what was there. Where a density or counts are taken back (0, empty), `epsilon` is
/// `usual_epsilon`. Throws UsageError where two of the three are given.
void apply_settings(Config& config, std::span<const GivenFlag> given, Layer layer,
                    double usual_epsilon);

}  // namespace regrow

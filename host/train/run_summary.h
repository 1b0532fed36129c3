// What summary.json says of a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/metrics.h"
#include "regrow/run_folder.h"

namespace regrow {

/// `seconds`: of every epoch done, in any order; `initial_connections`: of the hidden layers.
Summary summarise(const Checkpoint& state, const Capabilities& capabilities,
                  std::span<const double> seconds, std::uint64_t initial_connections,
                  const std::string& status);

/// Those of the first `epochs` epochs: a run stopped within an epoch has timed a part of the next.
std::vector<EpochTimings> recorded_timings(std::span<const EpochTimings> timings,
                                           std::size_t epochs);

/// Median of the epochs' total seconds; 0 where there are none.
double median_seconds(std::span<const EpochTimings> timings);
/// The median; 0 where there are none.
double median(std::vector<double> values);

}  // namespace regrow

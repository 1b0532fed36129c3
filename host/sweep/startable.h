// Whether a sweep has any run that can start, asked once instead of by each of its runs.
#pragma once

#include <span>

#include "sweep/sweep_file.h"

namespace regrow {

/// Loads the data of one of the runs still to train. Throws Error, with what is wrong with the
/// first, where none of them could start: their data are not there or do not fit, or this machine
/// lacks their devices; and where a finished run had other data under the same settings, or started
/// from another network under the same init_from: a table would average what does not compare.
void require_one_that_starts(std::span<const SweepRun* const> runs,
                             std::span<const SweepRun* const> finished);

}  // namespace regrow

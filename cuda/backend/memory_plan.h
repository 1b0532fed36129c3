// Whether a run fits the device, asked before anything is allocated, and what to say where it does
// not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backend/step_engine.h"

namespace regrow::cuda {

/// All that a run takes at a batch size and a number of samples evaluated at once.
using MemoryPlan =
    std::function<std::vector<MemoryPart>(std::uint32_t batch, std::uint32_t evaluated)>;

/// The samples to evaluate at once, at most `most`: fewer where memory is short. Throws Error
/// naming what is needed, its largest parts, what is free and what would fit, where even few are
/// too many.
std::uint32_t fit_evaluation(const MemoryPlan& plan, std::uint32_t batch, std::uint32_t most,
                             std::uint64_t free_bytes);

}  // namespace regrow::cuda

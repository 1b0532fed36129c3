// Whether a run fits the device, asked before anything is allocated, and what to say where it does
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backend/step_engine.h"

namespace regrow::cuda {

/// All that a run takes at a batch size and a number of samples evaluated at once.
using MemoryPlan =
    std::function<std::vector<MemoryPart>(std::uint32_t batch, std::uint32_t evaluated)>;

/// How many samples side by side, a multiple of 8, a matrix of `rows` rows has room for.
std::uint32_t most_columns(std::uint64_t rows, std::size_t value_bytes);

/// Throws Error naming a batch that would fit, where a batch's matrix of `rows` rows has more bytes
/// than the kernels can tell apart.
void require_addressable(std::uint64_t rows, std::size_t value_bytes, std::uint32_t batch);

/// The samples to evaluate at once, at most `most`: fewer where memory is short. Throws Error
/// naming what is needed, its largest parts, what is free and what would fit, where even few are
/// too many.
std::uint32_t fit_evaluation(const MemoryPlan& plan, std::uint32_t batch, std::uint32_t most,
                             std::uint64_t free_bytes);

}  // namespace regrow::cuda

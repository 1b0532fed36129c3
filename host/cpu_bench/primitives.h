// Times of every primitive of the CPU back end at the paper's size, on one thread, and of a copy,
// which those that stream are held against.
#pragma once

#include <vector>

#include "backend_interface/primitive_timing.h"

namespace regrow::cpu {

/// The names are those of the GPU's primitives where both have one; here a backward pass holds its
/// layer's weight gradient and update. `options.launches` 0: as many calls as take about 20 ms.
std::vector<PrimitiveTiming> bench_primitives(const PrimitiveOptions& options);

}  // namespace regrow::cpu

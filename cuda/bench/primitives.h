// Times of every kernel of a step and of evolution at the paper's size, and of the ceilings they
// are held against: random row gathers from the L2 cache and a copy of device memory.
#pragma once

#include <vector>

#include "backend_interface/primitive_timing.h"

namespace regrow::cuda {

std::vector<PrimitiveTiming> bench_primitives(const PrimitiveOptions& options);

}  // namespace regrow::cuda

// The switch of a profiler that records a part of the program.
#pragma once

namespace regrow::cuda {

/// cudaProfilerStart and cudaProfilerStop: of the whole process.
void set_profiler(bool on);

}  // namespace regrow::cuda

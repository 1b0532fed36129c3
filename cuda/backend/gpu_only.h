// What only a GPU can do, and no emulation needs: be profiled.
#pragma once

namespace regrow::cuda {

/// cudaProfilerStart and cudaProfilerStop.
void set_profiler(bool on);

}  // namespace regrow::cuda

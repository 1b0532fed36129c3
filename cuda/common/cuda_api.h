// The calls of CUDA's runtime, or those of the emulated one: the same names, declared alike, so
// that streams, memory, graphs and errors are the same code on a GPU and in the emulation.
#pragma once

#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/runtime_api.h"
namespace regrow::cuda {
using namespace emulation::api;  // NOLINT(google-build-using-namespace): CUDA's names are global
}
#else
#include <cuda_profiler_api.h>
#include <cuda_runtime_api.h>
#endif

#include "backend/gpu_only.h"

#if !defined(REGROW_CUDA_EMULATED)
#include <cuda_profiler_api.h>

#include "common/error.h"
#endif

namespace regrow::cuda {

#if defined(REGROW_CUDA_EMULATED)

void set_profiler(bool) {}

#else

void set_profiler(bool on) {
  check(on ? cudaProfilerStart() : cudaProfilerStop(), "telling the profiler");
}

#endif

}  // namespace regrow::cuda

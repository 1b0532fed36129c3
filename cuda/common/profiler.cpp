#include "common/profiler.h"

#include "common/cuda_api.h"
#include "common/error.h"

namespace regrow::cuda {

void set_profiler(bool on) {
  check(on ? cudaProfilerStart() : cudaProfilerStop(), "telling the profiler");
}

}  // namespace regrow::cuda

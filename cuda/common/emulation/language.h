// CUDA's qualifiers and built-in variables, for the host compiler.
#pragma once

#include "common/emulation/block.h"
#include "common/emulation/sanitizers.h"

// NOLINTBEGIN(bugprone-reserved-identifier): CUDA's names
#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __grid_constant__
// One instance for each OS thread is one for each running block. ASan puts red zones around static
// variables but not around thread_local ones, so its builds run one block at a time.
#if defined(REGROW_EMULATION_ASAN)
#define __shared__ static
#else
#define __shared__ static thread_local
#endif
// NOLINTEND(bugprone-reserved-identifier)

#define threadIdx (::regrow::emulation::current_thread->index)
#define blockIdx (::regrow::emulation::current_block->index())
#define blockDim (::regrow::emulation::current_block->threads())
#define gridDim (::regrow::emulation::current_block->blocks())
#define warpSize 32

#define REGROW_DYNAMIC_SHARED(T, name) \
  T* const name = static_cast<T*>(::regrow::emulation::current_block->dynamic_shared())

// What every file with a kernel includes: CUDA's language under nvcc, its emulation under the host
// compiler, and launch(), which is <<<>>> in either.
//   launch(kernel, grid, block, shared_bytes, stream, arguments…)
//   REGROW_DYNAMIC_SHARED(T, name)   the dynamic shared memory of the block as T*
//   REGROW_UNROLL                    before a loop of a fixed number of turns, at most 16
// Plain `__shared__ T name[n];` at block scope works in both.
#pragma once

#include <cstddef>

#include "common/error.h"

#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/emulation.h"
#define REGROW_UNROLL _Pragma("GCC unroll 16")
#else
#include <cuda_runtime.h>
#define REGROW_DYNAMIC_SHARED(T, name)                                 \
  extern __shared__ __align__(16) unsigned char regrow_shared_bytes[]; \
  T* const name = reinterpret_cast<T*>(regrow_shared_bytes)
#define REGROW_UNROLL _Pragma("unroll")
#endif

namespace regrow::cuda {

/// stream: a cudaStream_t, such as Stream::get() gives.
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes,
            void* stream, Arguments&&... arguments) {
  const auto* const address = reinterpret_cast<const void*>(kernel);
  if (shared_bytes > std::size_t{48} * 1024) allow_shared(address, shared_bytes);
#if defined(REGROW_CUDA_EMULATED)
  emulation::enqueue_kernel(kernel, grid, block, shared_bytes, stream,
                            static_cast<Arguments&&>(arguments)...);
#else
  kernel<<<grid, block, shared_bytes, static_cast<cudaStream_t>(stream)>>>(
      static_cast<Parameters>(arguments)...);
#endif
  check_launch(address, stream);
}

}  // namespace regrow::cuda

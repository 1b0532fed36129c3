// What every file with a kernel includes: CUDA's language under nvcc, its emulation under the host
// compiler, and launch(), which is <<<>>> in either.
//   launch(kernel, grid, block, shared_bytes, stream, arguments…)
//   REGROW_DYNAMIC_SHARED(T, name)   the dynamic shared memory of the block as T*
// Plain `__shared__ T name[n];` at block scope works in both.
#pragma once

#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation.h"
#define REGROW_DYNAMIC_SHARED(T, name) CU_DYN_SHARED(T, name)
namespace regrow::cuda {
using cuemu::launch;
}
#else
#include <cuda_runtime.h>

#include <cstddef>

#include "common/error.h"
#define REGROW_DYNAMIC_SHARED(T, name)                                \
  extern __shared__ __align__(16) unsigned char regrow_shared_bytes[]; \
  T* const name = reinterpret_cast<T*>(regrow_shared_bytes)
namespace regrow::cuda {
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes,
            cudaStream_t stream, Arguments&&... arguments) {
  kernel<<<grid, block, shared_bytes, stream>>>(static_cast<Parameters>(arguments)...);
  check_launch();
}
}  // namespace regrow::cuda
#endif

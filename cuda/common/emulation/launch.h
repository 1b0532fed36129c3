// Launches: a grid of blocks, run by the thread that waits for it or shared out among workers.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "common/emulation/block.h"
#include "common/emulation/stream.h"

namespace regrow::emulation {

/// Whether a GPU would take them.
bool has_valid_dimensions(const Grid& grid);
/// Returns when every thread has. Throws Error on dimensions that a GPU would refuse, KernelFault
/// where a block cannot go on.
void run(const Grid& grid);

/// A kernel with its arguments, as CUDA copies them at the launch.
template <typename... Parameters>
struct KernelCall {
  void (*kernel)(Parameters...);
  std::tuple<std::decay_t<Parameters>...> arguments;

  static void run_thread(void* untyped) {
    const KernelCall& call = *static_cast<const KernelCall*>(untyped);
    std::apply(call.kernel, call.arguments);
  }
};

/// Runs a kernel at once, without a stream: for tests of the emulation itself.
template <typename... Parameters, typename... Arguments>
void run_now(void (*kernel)(Parameters...), dim3 blocks, dim3 threads, std::size_t shared_bytes,
             Arguments&&... arguments) {
  using Call = KernelCall<Parameters...>;
  Call call{kernel, {static_cast<Parameters>(arguments)...}};
  run({blocks, threads, shared_bytes, reinterpret_cast<const void*>(kernel), Call::run_thread,
       &call});
}

/// As <<<>>>: what is wrong with the launch is cudaGetLastError()'s, what is wrong with the kernel
/// is thrown where somebody waits for it. stream: a cudaStream_t.
void enqueue_kernel(const Grid& grid, void* stream, Work work);

template <typename... Parameters, typename... Arguments>
void enqueue_kernel(void (*kernel)(Parameters...), dim3 blocks, dim3 threads,
                    std::size_t shared_bytes, void* stream, Arguments&&... arguments) {
  using Call = KernelCall<Parameters...>;
  const Grid grid{blocks, threads, shared_bytes, reinterpret_cast<const void*>(kernel),
                  Call::run_thread};
  enqueue_kernel(grid, stream,
                 [grid, call = Call{kernel, {static_cast<Parameters>(arguments)...}}] {
                   Call own = call;
                   Grid with_call = grid;
                   with_call.call = &own;
                   run(with_call);
                 });
}

}  // namespace regrow::emulation

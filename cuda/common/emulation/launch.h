// launch(): a grid of blocks, run by the calling thread or shared out among workers.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "common/emulation/block.h"

namespace regrow::emulation {

/// Returns when every thread has. Throws Error on dimensions that a GPU would refuse, KernelFault
/// where a block cannot go on.
void run(const Grid& grid);

/// As kernel<<<blocks, threads, shared_bytes, stream>>>(arguments…); the stream plays no part.
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), dim3 blocks, dim3 threads, std::size_t shared_bytes,
            cudaStream_t /*stream*/, Arguments&&... arguments) {
  struct Call {
    void (*kernel)(Parameters...);
    std::tuple<std::decay_t<Parameters>...> arguments;
  } call{kernel, {static_cast<Parameters>(arguments)...}};
  const auto run_thread = [](void* untyped) {
    const Call& typed = *static_cast<const Call*>(untyped);
    std::apply(typed.kernel, typed.arguments);
  };
  run({blocks, threads, shared_bytes, reinterpret_cast<const void*>(kernel), run_thread, &call});
}

}  // namespace regrow::emulation

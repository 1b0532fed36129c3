// CUDA's error codes as exceptions with words that a person can act on.
#pragma once

#include <cstddef>
#include <string>

#include "common/cuda_api.h"

namespace regrow::cuda {

enum class Failure {
  kOther,
  kOutOfMemory,
  kLost,    // the device, or this process' hold on it
  kKernel,  // a kernel misbehaved, after which the process cannot use the device any more
};

/// doing: what was asked for, such as "copying 12 bytes to the GPU"; reason: CUDA's words.
std::string failure_message(Failure failure, const std::string& doing, const std::string& reason);
/// what: what the bytes were for, such as "weights of layer 2".
std::string out_of_memory_message(std::size_t bytes, const std::string& what, std::size_t free,
                                  std::size_t total);

Failure classify(cudaError_t status);
/// Throws Error unless all is well.
void check(cudaError_t status, const std::string& doing);
/// After a launch: throws Error naming the kernel. In debug builds for a GPU it waits for it, too
/// (unless the stream is being captured), so that the kernel to blame is known.
void check_launch(const void* kernel, void* stream);
/// Lets a kernel have more dynamic shared memory than the 48 KiB that every kernel has.
void allow_shared(const void* kernel, std::size_t bytes);

}  // namespace regrow::cuda

// CUDA's error codes as exceptions. Only the nvcc build has them.
#pragma once

namespace regrow::cuda {

/// Throws Error naming the launch that failed; in debug builds it also waits for the kernel.
void check_launch();

}  // namespace regrow::cuda

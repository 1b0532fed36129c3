// Names and places out of the program's own symbol table: what kernels are called, and where their
// shared variables lie. Without one (a stripped program, another system) there is nothing to find.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace regrow::emulation {

/// The mangled name of the function at `address`, or "".
std::string mangled_name(const void* address);
/// The readable one, without parameters: "regrow::cuda::forward_kernel<float>"; or "a kernel".
std::string kernel_name(const void* kernel);

struct ThreadLocalVariable {
  std::size_t offset;  // from thread_local_base()
  std::size_t bytes;
};

/// The __shared__ variables of the kernel at `kernel`, and those of all functions of regrow::cuda
/// that are no kernels (they may be called by it).
std::vector<ThreadLocalVariable> shared_variables(const void* kernel);
/// Of the program, for the calling thread.
char* thread_local_base();

}  // namespace regrow::emulation

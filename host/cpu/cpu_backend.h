// The fast CPU back end: truly sparse, threaded, SIMD chosen at run time.
#pragma once

#include <memory>

#include "regrow/backend.h"

namespace regrow {

/// Throws Error when the processor lacks options.simd.
std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options);

}  // namespace regrow

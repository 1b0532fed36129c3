// The float64 oracle as a back end: masked dense layers and one plain loop per primitive. Slow, and
// simple enough to be believed.
#pragma once

#include <memory>

#include "regrow/backend.h"

namespace regrow {

/// Of `options` the number of threads and the instruction set have no meaning here. Throws no
/// Error.
std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options);

}  // namespace regrow

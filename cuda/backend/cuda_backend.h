// The back end that trains on a GPU: everything but the products of the hidden layers, which are a
// StepEngine's.
#pragma once

#include <memory>

#include "backend/step_engine.h"
#include "regrow/backend.h"

namespace regrow::cuda {

/// A back end of its own on GPU `ordinal`, with a stream of its own. Throws Error where the engine
/// lacks what `options` ask for.
std::unique_ptr<Backend> make_cuda_backend(std::unique_ptr<EngineKind> kind, int ordinal,
                                           const BackendOptions& options);

}  // namespace regrow::cuda

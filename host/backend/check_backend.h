// Two back ends in lockstep: A computes, B checks. After every training step their values are
// compared within a tolerance and B takes over A's network, so that errors do not add up and every
// difference is found in the step that made it; drop and grow must agree exactly, but for growth by
// gradient, where the cells must be as good as each other within what rounding does to gradients.
#pragma once

#include <memory>

#include "regrow/backend.h"

namespace regrow {

/// `b` must hold values as precisely as `a` does; throws Error otherwise. `optimiser`: of both. All
/// results are a's.
std::unique_ptr<Backend> make_check_backend(std::unique_ptr<Backend> a, std::unique_ptr<Backend> b,
                                            const OptimiserSettings& optimiser);

}  // namespace regrow

// The float64 oracle as a back end: masked dense layers and one plain loop per primitive. Slow, and
// simple enough to be believed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "network/network_plan.h"
#include "regrow/backend.h"

namespace regrow {

/// Of `options` the number of threads and the instruction set have no meaning here. Throws no
/// Error.
std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options);

/// In bytes; about as much as it takes, which small networks alone have.
struct ReferenceMemory {
  std::vector<std::uint64_t> layers;  // masks, parameters and their slots
  std::uint64_t batch = 0;            // activations and their gradients
  std::uint64_t largest_step = 0;     // gradients of all layers, or lists of inactive cells
};
ReferenceMemory reference_memory(std::span<const LayerPlan> layers, const BackendOptions& options);

}  // namespace regrow

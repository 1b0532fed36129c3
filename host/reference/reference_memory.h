// What the reference takes, said before it is taken.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/network_plan.h"
#include "regrow/backend.h"

namespace regrow {

/// In bytes; about as much as it takes, which small networks alone have.
struct ReferenceMemory {
  std::vector<std::uint64_t> layers;  // masks, parameters and their slots
  std::uint64_t batch = 0;            // activations and their gradients
  std::uint64_t largest_step = 0;     // gradients of all layers, or lists of a layer's cells
};
ReferenceMemory reference_memory(std::span<const LayerPlan> layers, const BackendOptions& options,
                                 bool grows_by_gradient);

}  // namespace regrow

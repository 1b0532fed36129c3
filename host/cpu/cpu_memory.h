// How much memory the CPU back end takes for a network and a batch: sums of what its parts say of
// themselves, beside the code that allocates.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/network_plan.h"
#include "regrow/backend.h"
#include "regrow/evolution.h"

namespace regrow::cpu {

/// What a run does besides training and evaluating; nothing where rule is null.
struct EvolutionPlan {
  const GrowthRule* rule = nullptr;
  double zeta = 0;  // share of the connections that is dropped
};

/// In bytes.
struct CpuMemory {
  std::vector<std::uint64_t> layers;  // weights, momentum, indices; the output layer included
  std::uint64_t batch = 0;            // activations, their gradients, and images on their way in
  std::uint64_t samples = 0;          // which are trained on next
  std::uint64_t evolution = 0;        // at the height of a drop or a growth, beside all others
  std::uint64_t snapshot = 0;         // while one is taken, beside the copy itself
};

/// `samples`: of the largest split. `options`: threads (0: as many as are useful) and batch count.
CpuMemory memory_of(std::span<const LayerPlan> layers, const ImageShape& shape,
                    std::uint64_t samples, const BackendOptions& options,
                    const EvolutionPlan& evolution);

}  // namespace regrow::cpu

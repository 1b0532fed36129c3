// How much memory the CPU back end takes for a network and a batch: sums of what its parts say of
// themselves, beside the code that allocates.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cpu/evolve.h"
#include "network/network_plan.h"
#include "regrow/backend.h"

namespace regrow::cpu {

/// In bytes.
struct CpuMemory {
  std::vector<std::uint64_t> layers;  // parameters, slots, indices; the output layer included
  std::uint64_t batch = 0;            // activations, their gradients, and samples on their way in
  std::uint64_t samples = 0;          // which are trained on next
  std::uint64_t evolution = 0;        // at its height, beside all others
  std::uint64_t snapshot = 0;         // while one is taken, beside the copy itself
};

/// What is trained on or evaluated.
struct InputSize {
  ImageShape shape;
  FeatureKind kind = FeatureKind::kBytes;
  std::uint64_t samples = 0;  // of the largest split
  bool has_targets = false;
};

/// Of `options` count the threads (0: as many as are useful), the
/// batch, the optimiser, the clipping, the slope and the augmentation.
CpuMemory memory_of(std::span<const LayerPlan> layers, const InputSize& input,
                    const BackendOptions& options, const EvolutionSize& evolution);

}  // namespace regrow::cpu

// The sums of losses and hits of a batch, by one warp in a fixed order.
#pragma once

#include <cstdint>

#include "common/kernel.h"
#include "step/layer_views.h"
#include "step/vector.h"

namespace regrow::cuda {

/// losses, hits: [count]. All lanes of one warp call and get the sums.
__device__ inline StepSums warp_sums(std::uint32_t count, const float* losses,
                                     const std::uint32_t* hits) {
  double loss = 0;
  unsigned hit_count = 0;
  for (std::uint32_t s = threadIdx.x % kWarpSize; s < count; s += kWarpSize) {
    loss += losses[s];
    hit_count += hits[s];
  }
  return {sum_over_warp(loss), sum_over_warp(hit_count)};
}

/// By one block, the only one of its launch that looks at the step's index. The step's last work.
__device__ inline void record_step(const StepRecord& record) {
  if (threadIdx.x >= kWarpSize) return;
  const StepSums sums = warp_sums(record.count, record.losses, record.hits);
  if (threadIdx.x != 0) return;
  record.sums[record.state->index] = sums;
  ++record.state->index;
}

}  // namespace regrow::cuda

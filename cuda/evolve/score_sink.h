// Adding scored cells to what a TopK keeps, for kernels.
#pragma once

#include <cstdint>

#include "common/kernel.h"
#include "evolve/signs.h"
#include "evolve/top_k.h"
#include "step/vector.h"

namespace regrow::cuda {

/// Non-negative floats order as their bits do; those of a NaN are above kInfinityBits.
__device__ inline std::uint32_t score_of(float gradient) { return magnitude_bits(gradient); }

__device__ inline bool is_below(const ScoreFloor& floor, std::uint32_t score, std::uint64_t cell) {
  return score < floor.score || (score == floor.score && cell > floor.cell);
}

/// Reserves `count` neighbouring places of an array for each thread, behind the *total places that
/// others have: returns the thread's first. All threads of a block of one dimension must call it.
__device__ inline std::uint64_t reserve_places(std::uint32_t count, std::uint64_t* total) {
  __shared__ std::uint32_t of_warps[32];
  __shared__ std::uint64_t first;
  const std::uint32_t lane = threadIdx.x % kWarpSize, warp = threadIdx.x / kWarpSize;
  std::uint32_t up_to = count;  // of the lanes up to this one
  for (std::uint32_t distance = 1; distance < kWarpSize; distance *= 2) {
    const std::uint32_t below = __shfl_up_sync(kAllLanes, up_to, distance);
    if (lane >= distance) up_to += below;
  }
  __syncthreads();  // of an earlier call nothing is read any more
  if (lane == kWarpSize - 1) of_warps[warp] = up_to;
  __syncthreads();
  if (threadIdx.x == 0) {
    std::uint32_t sum = 0;
    for (std::uint32_t w = 0; w < blockDim.x / kWarpSize; ++w) {
      const std::uint32_t of_warp = of_warps[w];
      of_warps[w] = sum;
      sum += of_warp;
    }
#if defined(REGROW_CUDA_EMULATED)
    if (sum > 0) first = atomicAdd(total, sum);
#else
    // CUDA has this overload for unsigned long long only.
    if (sum > 0) first = atomicAdd(reinterpret_cast<unsigned long long*>(total), sum);
#endif
  }
  __syncthreads();
  return first + of_warps[warp] + up_to - count;
}

/// Adds the cell where `is_one`, unless its score is a NaN's or below the floor. All threads of the
/// block must call it.
__device__ inline void add_scored(const ScoreSink& sink, bool is_one, float gradient,
                                  std::uint64_t cell) {
  const std::uint32_t score = score_of(gradient);
  const bool is_added = is_one && score <= kInfinityBits && !is_below(*sink.floor, score, cell);
  const std::uint64_t place = reserve_places(is_added ? 1 : 0, sink.count);
  if (!is_added) return;
  sink.scores[place] = score;
  sink.cells[place] = cell;
}

}  // namespace regrow::cuda

// What the kernels of an evolution share: a thread for each element of an array, binary searches
// in sorted arrays and sets of cells, counts summed over a block.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/kernel.h"
#include "common/runtime.h"
#include "evolve/cells.h"
#include "step/layer_views.h"

namespace regrow::cuda {

constexpr unsigned kThreadsPerBlock = 256;

inline std::size_t blocks_for(std::size_t count) {
  return (count + kThreadsPerBlock - 1) / kThreadsPerBlock;
}

/// A thread for each of `count` elements, rounded up to whole blocks; no launch where there are
/// none.
template <typename... Parameters, typename... Arguments>
void launch_per_element(std::size_t count, const Stream& stream, void (*kernel)(Parameters...),
                        Arguments&&... arguments) {
  if (count == 0) return;
  launch(kernel, dim3(static_cast<unsigned>(blocks_for(count))), dim3(kThreadsPerBlock), 0,
         stream.get(), static_cast<Arguments&&>(arguments)...);
}

/// At most as many blocks as fill the largest GPU a few times over: for kernels that stride.
template <typename... Parameters, typename... Arguments>
void launch_striding(std::size_t count, const Stream& stream, void (*kernel)(Parameters...),
                     Arguments&&... arguments) {
  constexpr std::size_t kMostBlocks = 2048;
  if (count == 0) return;
  const std::size_t blocks = blocks_for(count) < kMostBlocks ? blocks_for(count) : kMostBlocks;
  launch(kernel, dim3(static_cast<unsigned>(blocks)), dim3(kThreadsPerBlock), 0, stream.get(),
         static_cast<Arguments&&>(arguments)...);
}

__device__ inline std::size_t element_index() {
  return std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
}
__device__ inline std::size_t thread_count() { return std::size_t{gridDim.x} * blockDim.x; }

/// The first of [0, count] for which `is_beyond` holds; it must hold for all that follow.
template <typename Predicate>
__device__ std::size_t first_where(std::size_t count, Predicate is_beyond) {
  std::size_t first = 0;
  while (count > 0) {
    const std::size_t half = count / 2;
    if (is_beyond(first + half)) {
      count = half;
    } else {
      first += half + 1;
      count -= half + 1;
    }
  }
  return first;
}

/// How many of sorted `values` [count] are below `value`.
template <typename T>
__device__ std::size_t count_below(const T* values, std::size_t count, T value) {
  return first_where(count, [=](std::size_t i) { return values[i] >= value; });
}
/// How many of sorted `values` [count] are not above `value`.
template <typename T>
__device__ std::size_t count_up_to(const T* values, std::size_t count, T value) {
  return first_where(count, [=](std::size_t i) { return values[i] > value; });
}

/// How many cells of a set are below `cell`.
__device__ inline std::size_t cells_below(const CellSet& set, std::uint64_t cell) {
  return count_below(set.cells, set.count, cell);
}
__device__ inline bool contains(const CellSet& set, std::uint64_t cell) {
  const std::size_t below = cells_below(set, cell);
  return below < set.count && set.cells[below] == cell;
}

/// Copies the slots of one value to another's.
__device__ inline void move_slots(const ParameterView& from, std::size_t at,
                                  const ParameterView& to, std::size_t place) {
  for (std::size_t s = 0; s < kMostSlots; ++s) {
    if (to.slots[s] != nullptr) to.slots[s][place] = from.slots[s][at];
  }
}

/// A number more in a total of 64 bits.
__device__ inline void add_to_total(std::uint64_t* total, std::uint32_t value) {
#if defined(REGROW_CUDA_EMULATED)
  atomicAdd(total, value);
#else
  // CUDA has this overload for unsigned long long only.
  atomicAdd(reinterpret_cast<unsigned long long*>(total), static_cast<unsigned long long>(value));
#endif
}

/// Adds the `values` of every thread of the block to totals [N]. All threads must call it.
template <unsigned N>
__device__ void add_over_block(const std::uint32_t (&values)[N], std::uint64_t* totals) {
  __shared__ std::uint32_t sums[N];
  if (threadIdx.x < N) sums[threadIdx.x] = 0;
  __syncthreads();
  for (unsigned k = 0; k < N; ++k) {
    std::uint32_t sum = values[k];
    for (int distance = 16; distance > 0; distance /= 2) {
      sum += __shfl_xor_sync(0xFFFFFFFFU, sum, distance);
    }
    if (threadIdx.x % 32 == 0 && sum > 0) atomicAdd(&sums[k], sum);
  }
  __syncthreads();
  if (threadIdx.x < N && sums[threadIdx.x] > 0) {
    add_to_total(&totals[threadIdx.x], sums[threadIdx.x]);
  }
}

}  // namespace regrow::cuda

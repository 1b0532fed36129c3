// Gradients of a layer's cells, connections or not: of some, or of all in search of the largest.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/grow.h"
#include "cpu/kernels.h"
#include "cpu/thread_pool.h"
#include "regrow/evolution/candidates.h"

namespace regrow::cpu {

/// What a backward pass has left of a layer: the gradient of a cell's weight, summed over the
/// batch, is Σ_b dY[out][b]·X[in][b].
struct LayerBatch {
  const float* input = nullptr;            // X: [inputs][ld]
  const float* output_gradient = nullptr;  // dY: [outputs][ld], zero in the padding
  std::uint32_t ld = 0;
  std::uint32_t samples = 0;  // of the batch
};

/// Of `cells`, ascending: [cells], summed over the batch.
LargeVector<float> cell_gradients(const Kernels& kernels, const LayerBatch& batch,
                                  std::uint32_t inputs, CellSpan cells, ThreadPool& pool);

/// The `count` cells of the largest |gradient| of all but `taken` (sorted) and those whose gradient
/// is NaN, of equal ones the lowest; all, where there are no more. Ascending. By products of whole
/// tiles, in O(count + a tile) memory a thread. Throws Error where OpenBLAS is not at hand.
Cells largest_gradients(const Kernels& kernels, const LayerBatch& batch, const LayerShape& layer,
                        CellSpan taken, std::uint64_t count, ThreadPool& pool);

/// Throws Error where largest_gradients() would for want of OpenBLAS: before a run trains, so that
/// it does not end with its first evolution.
void require_scores(const ScoredCells& scored, const Kernels& kernels, unsigned threads);

/// What largest_gradients() takes in memory at its height.
std::uint64_t bytes_of_largest_gradients(std::uint32_t inputs, std::uint32_t outputs,
                                         std::uint64_t count, unsigned threads);

}  // namespace regrow::cpu

// What the machine can do at best: gathers of random rows that stay in the L2 cache, as the sparse
// products make them, without any of their other work.
#pragma once

#include <cstdint>

#include "common/runtime.h"

namespace regrow::cuda {

/// Indices that one warp reads.
constexpr std::uint32_t kGatheredPerWarp = 64;

/// Reads the rows at `indices` (`count`: a multiple of kGatheredPerWarp): of each the first
/// `row_bytes` (a multiple of 16, at most 512). sums: [count / kGatheredPerWarp][32]; all of one
/// warp's together are the sum of the floats that it read.
/// rows: [entries of indices and more][stride_bytes / 4], stride_bytes a multiple of 16.
void gather_rows(std::uint32_t row_bytes, std::uint32_t stride_bytes, const float* rows,
                 const std::uint32_t* indices, std::uint32_t count, float* sums,
                 const Stream& stream);

}  // namespace regrow::cuda

// Sums of weighted rows of a matrix: the core of the forward pass (rows of input, by output neuron)
// and of the backward pass (rows of gradient, by input neuron).
//
// A warp sums one row's connections over a tile of 128 samples. It loads 32 connections at a time,
// a lane each, and passes them on by shuffles; kInFlight loads of 16 bytes a lane are in flight.
// Rows are found by 32-bit byte offsets: with pointers of 64 bits fewer warps would fit a
// multiprocessor, so a matrix has at most kMostMatrixBytes.
// BFloat16 rows need half the lanes, so the halves of the warp take alternate connections.
// A matrix of few rows has several warps a row, each with an equal share of its connections. How
// many depends on the matrix's shape alone, so that the bits depend on nothing else.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/kernel.h"
#include "step/vector.h"

namespace regrow::cuda {

struct Connection {
  std::uint32_t row = 0;  // of the matrix
  float weight = 0;
};

/// The connections first … last − 1 of one row.
struct ConnectionRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// Warps of a row, as the exponent of a power of 2: a kernel divides by them with a shift.
inline std::uint32_t log2_warps_per_row(std::uint32_t rows, std::uint32_t most) {
  constexpr std::uint32_t kEnoughWarps = 2048;  // for the loads of a large GPU
  std::uint32_t exponent = 0;
  while (1U << exponent < most && rows << exponent < kEnoughWarps) ++exponent;
  return exponent;
}

struct GatherShape {
  static constexpr std::uint32_t kMostWarps = 16;

  std::uint32_t rows = 0;
  std::uint32_t ld = 0;
  std::uint32_t log2_warps_per_row = 0;

  GatherShape(std::uint32_t row_count, std::uint32_t leading_dimension)
      : rows(row_count),
        ld(leading_dimension),
        log2_warps_per_row(cuda::log2_warps_per_row(row_count, kMostWarps)) {}

  std::uint32_t warps() const { return std::max(4U, 1U << log2_warps_per_row); }
  dim3 grid() const { return {divide_up(rows, warps() >> log2_warps_per_row), column_tiles(ld)}; }
  dim3 block() const { return {warps() * kWarpSize}; }
  std::size_t shared_bytes() const {
    return log2_warps_per_row > 0 ? warps() * kWarpSize * sizeof(Quad) : 0;
  }
};
constexpr int kMostGatherThreads = GatherShape::kMostWarps * kWarpSize;

/// The first of the four columns that the calling lane holds after weighted_sum().
template <typename Value>
__device__ inline std::uint32_t column_of_lane() {
  constexpr std::uint32_t kTeam = kTileColumns / kVectorWidth<Value>;
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  return blockIdx.y * kTileColumns + lane % kTeam * kVectorWidth<Value> + lane / kTeam * 4;
}

/// How a warp reads rows of a tile: `kTeams` of them at once, each by kTeam lanes.
template <typename Value>
struct RowReader {
  static constexpr std::uint32_t kInFlight = 8;
  static constexpr std::uint32_t kWidth = kVectorWidth<Value>;
  static constexpr std::uint32_t kTeam = kTileColumns / kWidth;
  static constexpr std::uint32_t kTeams = kWarpSize / kTeam;
  static constexpr std::uint32_t kGroup = kTeams * kInFlight;  // connections of an add_group()

  const Value* matrix;
  std::uint32_t lane_offset;  // of the lane's columns in a row, in bytes
  std::uint32_t team;

  /// Adds the connections first … first + kGroup − 1 of the 32 that the lanes hold, of which there
  /// are `count`; kWhole where none of the group is beyond: then nothing is tested.
  /// row_offset, weight: of the calling lane's connection, where its row begins in bytes.
  template <bool kWhole>
  __device__ void add_group(std::uint32_t row_offset, float weight, std::uint32_t first,
                            std::uint32_t count, float (&sums)[kWidth]) const {
    Vector<Value> vectors[kInFlight];
    float weights[kInFlight];
#pragma unroll
    for (std::uint32_t i = 0; i < kInFlight; ++i) {
      const std::uint32_t which = first + i * kTeams + team;
      const std::uint32_t offset = __shfl_sync(kAllLanes, row_offset, static_cast<int>(which));
      if (!kWhole) vectors[i] = {};
      if (kWhole || which < count) vectors[i] = load_vector(at_byte(matrix, offset + lane_offset));
    }
    // Apart from the loads, so that the weights do not hold registers while addresses are made.
#pragma unroll
    for (std::uint32_t i = 0; i < kInFlight; ++i) {
      weights[i] = __shfl_sync(kAllLanes, weight, static_cast<int>(first + i * kTeams + team));
    }
#pragma unroll
    for (std::uint32_t i = 0; i < kInFlight; ++i) {
      float values[kWidth];
      unpack(vectors[i], values);
#pragma unroll
      for (std::uint32_t j = 0; j < kWidth; ++j) sums[j] = fmaf(weights[i], values[j], sums[j]);
    }
  }
};

/// Σ over `range`, connections of `row`, of weight·matrix[other end][columns of the lane].
/// matrix: [other ends][ld]
template <typename Value, typename Source>
__device__ inline Quad weighted_sum(const Source& source, std::uint32_t row, ConnectionRange range,
                                    std::uint32_t ld, const Value* matrix) {
  using Reader = RowReader<Value>;
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  const std::uint32_t team = lane / Reader::kTeam;
  std::uint32_t column = blockIdx.y * kTileColumns + lane % Reader::kTeam * Reader::kWidth;
  if (column >= ld) column = 0;  // reads what another lane reads; nobody uses the sum
  constexpr std::uint32_t kValueBytes = sizeof(Value);
  const std::uint32_t row_bytes = ld * kValueBytes;
  const Reader reader = {matrix, column * kValueBytes, team};

  float sums[Reader::kWidth] = {};
  std::uint32_t k = range.first + lane;
  for (std::uint32_t left = range.last - range.first; left > 0; k += kWarpSize) {
    const std::uint32_t count = min(left, kWarpSize);
    left -= count;
    const Connection mine = lane < count ? source.connection(row, k) : Connection{};
    const std::uint32_t offset = mine.row * row_bytes;
    std::uint32_t group = 0;
    for (; group + Reader::kGroup <= count; group += Reader::kGroup) {
      reader.template add_group<true>(offset, mine.weight, group, count, sums);
    }
    if (group < count) {
      reader.template add_group<false>(offset, mine.weight, group, count, sums);
    }
  }

  Quad sum;
  if constexpr (Reader::kTeams == 1) {
#pragma unroll
    for (std::uint32_t i = 0; i < 4; ++i) sum.at[i] = sums[i];
  } else {
    // The halves of the warp hold sums of the same eight columns: each keeps four of them.
#pragma unroll
    for (std::uint32_t i = 0; i < 4; ++i) {
      const float given = team == 0 ? sums[4 + i] : sums[i];
      const float kept = team == 0 ? sums[i] : sums[4 + i];
      sum.at[i] = kept + __shfl_xor_sync(kAllLanes, given, static_cast<int>(Reader::kTeam));
    }
  }
  return sum;
}

/// The block's rows: finish(row, column, sum) is called once for each quad of them.
/// source: range(row) and connection(row, k).
template <typename Value, typename Source, typename Finish>
__device__ inline void gather(const GatherShape& shape, const Source& source, const Value* matrix,
                              const Finish& finish) {
  const std::uint32_t warp = threadIdx.x / kWarpSize;
  const std::uint32_t warps_per_row = 1U << shape.log2_warps_per_row;
  const std::uint32_t part = warp & (warps_per_row - 1);
  const std::uint32_t rows_per_block = blockDim.x / kWarpSize >> shape.log2_warps_per_row;
  const std::uint32_t row = blockIdx.x * rows_per_block + (warp >> shape.log2_warps_per_row);
  Quad sum = {};
  if (row < shape.rows) {
    ConnectionRange range = source.range(row);
    const std::uint32_t length = range.last - range.first;
    const std::uint32_t share = (length + warps_per_row - 1) >> shape.log2_warps_per_row;
    const std::uint32_t skipped = min(share * part, length);
    range.last = range.first + min(skipped + share, length);
    range.first += skipped;
    sum = weighted_sum(source, row, range, shape.ld, matrix);
  }
  if (warps_per_row > 1) {
    REGROW_DYNAMIC_SHARED(Quad, parts);  // [warps][lanes]
    parts[threadIdx.x] = sum;
    __syncthreads();
    if (part != 0) return;
    for (std::uint32_t other = 1; other < warps_per_row; ++other) {
      const Quad& more = parts[threadIdx.x + other * kWarpSize];
#pragma unroll
      for (int i = 0; i < 4; ++i) sum.at[i] += more.at[i];
    }
  }
  const std::uint32_t column = column_of_lane<Value>();
  if (row < shape.rows && column < shape.ld) finish(row, column, sum);
}

}  // namespace regrow::cuda

// Gradients of connections: for each the product of two rows of a matrix, summed over the batch.
// The work is split into rows: an output neuron of a sparse layer and the connections into it; an
// input of the dense output layer and its connections to all classes. A row's own vector stays in
// registers while the vectors at the other end of its connections are gathered.
#pragma once

#include <cstdint>

#include "step/gather.h"
#include "step/vector.h"

namespace regrow::cuda {

/// A lane's share of a row: the samples (lane + kTeam·i)·kWidth … of a tile, so that the eight
/// lanes of a team read 128 neighbouring bytes at once.
constexpr std::uint32_t kTeam = 8;
constexpr std::uint32_t kTeams = kWarpSize / kTeam;
constexpr std::uint32_t kInFlight = 8;  // loads of 16 bytes of a lane
template <typename Value>
struct RowShare {
  static constexpr std::uint32_t kWidth = kVectorWidth<Value>;
  static constexpr std::uint32_t kVectors = kTileColumns / kWidth / kTeam;

  Vector<Value> vectors[kVectors];

  /// From `first_column` on; zero in place of the columns that are at least `columns`. Each load
  /// has one condition, which the compiler makes a predicate: with a branch around all of them, the
  /// loads of the next share would wait for these.
  __device__ void load(const Value* row, std::uint32_t first_column, std::uint32_t columns) {
    const Value* const from = row + first_column;
#pragma unroll
    for (std::uint32_t i = 0; i < kVectors; ++i) {
      constexpr std::uint32_t kStride = kTeam * kWidth;
      vectors[i] = {};
      if (first_column + i * kStride < columns) vectors[i] = load_vector(from + i * kStride);
    }
  }
  __device__ void unpack_to(float (&values)[kTileColumns / kTeam]) const {
#pragma unroll
    for (std::uint32_t i = 0; i < kVectors; ++i) {
      float some[kWidth];
      unpack(vectors[i], some);
#pragma unroll
      for (std::uint32_t j = 0; j < kWidth; ++j) values[i * kWidth + j] = some[j];
    }
  }
};

/// Adds up eight numbers over the eight lanes of each team: returns the sum of sums[i] to the lane
/// i of the team. Each exchange halves what a lane holds, so seven shuffles do for eight sums.
__device__ inline float sums_to_lanes(const float (&sums)[kTeam]) {
  const std::uint32_t lane = threadIdx.x % kTeam;
  float held[kTeam];
#pragma unroll
  for (std::uint32_t i = 0; i < kTeam; ++i) held[i] = sums[i];
#pragma unroll
  for (std::uint32_t half = kTeam / 2; half > 0; half /= 2) {
    const bool upper = (lane & half) != 0;
#pragma unroll
    for (std::uint32_t i = 0; i < kTeam / 2; ++i) {
      if (i < half) {
        const float given = upper ? held[i] : held[i + half];
        const float kept = upper ? held[i + half] : held[i];
        held[i] = kept + __shfl_xor_sync(kAllLanes, given, static_cast<int>(half));
      }
    }
  }
  return held[0];
}

/// The gradient of a bias: the sum of the bias's row, [ld]. All lanes of the warp call and get it.
template <typename Value>
__device__ inline float sum_of_row(std::uint32_t ld, const Value* row) {
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  float sum = 0;
  for (std::uint32_t column = 4 * lane; column < ld; column += kTileColumns) {
    const Quad quad = load_quad(row + column);
    sum += (quad.at[0] + quad.at[1]) + (quad.at[2] + quad.at[3]);
  }
  return sum_over_warp(sum);
}

/// The gradients of those connections of one row that are the share of warp `part` of `parts`.
/// own: the row's vector [ld]; other: [..][ld], whose row(k) meets connection k; the weight of
/// connection k is at position(k). sink: what becomes of a gradient, SgdSink or StoringSink.
template <typename Value, typename Connections, typename Sink>
__device__ inline void sum_connections(const Connections& connections, ConnectionRange range,
                                       std::uint32_t part, std::uint32_t parts, std::uint32_t ld,
                                       const Value* own, const Value* other, const Sink& sink) {
  constexpr std::uint32_t kTurns = kInFlight / RowShare<Value>::kVectors;  // of loads at once
  constexpr std::uint32_t kValueBytes = sizeof(Value);
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  const std::uint32_t team = lane / kTeam;
  const std::uint32_t lane_column = lane % kTeam * kVectorWidth<Value>;
  // Team t takes connections t, t + 4, … of 32, so that a few of them keep all four teams busy.
  // Lane 8t + i holds the team's i-th.
  const std::uint32_t which = lane % kTeam * kTeams + team;
  const bool one_tile = ld <= kTileColumns;
  float values[kTileColumns / kTeam];
  RowShare<Value> own_share;
  own_share.load(own, lane_column, ld);
  own_share.unpack_to(values);
  // By what is left: a number behind the last connection may be beyond 32 bits.
  const std::uint32_t length = range.last - range.first, stride = parts * kWarpSize;
  std::uint32_t k = range.first + part * kWarpSize + which;
  for (std::uint32_t left = length - min(part * kWarpSize, length); left > 0;
       left -= min(left, stride), k += stride) {
    const std::uint32_t count = min(left, kWarpSize);
    std::uint32_t row_offset = 0;
    std::size_t at = 0;
    typename Sink::Held before;  // loaded here, so that it comes while the rows are on their way
    if (which < count) {
      row_offset = connections.row(k) * ld * kValueBytes;
      at = connections.position(k);
      before = sink.hold(at);
    }
    float sums[kTeam] = {};
    for (std::uint32_t tile = 0; tile < ld; tile += kTileColumns) {
      if (!one_tile) {
        own_share.load(own, tile + lane_column, ld);
        own_share.unpack_to(values);
      }
#pragma unroll
      for (std::uint32_t turn = 0; turn < kTeam; turn += kTurns) {
        if (turn * kTeams >= count) break;
        RowShare<Value> shares[kTurns];
#pragma unroll
        for (std::uint32_t i = 0; i < kTurns; ++i) {
          const std::uint32_t offset = __shfl_sync(
              kAllLanes, row_offset, static_cast<int>(turn + i), static_cast<int>(kTeam));
          const bool exists = (turn + i) * kTeams + team < count;
          shares[i].load(at_byte(other, offset), tile + lane_column, exists ? ld : 0);
        }
#pragma unroll
        for (std::uint32_t i = 0; i < kTurns; ++i) {
          float others[kTileColumns / kTeam];
          shares[i].unpack_to(others);
#pragma unroll
          for (std::uint32_t j = 0; j < kTileColumns / kTeam; ++j) {
            sums[turn + i] = fmaf(values[j], others[j], sums[turn + i]);
          }
        }
      }
    }
    const float gradient = sums_to_lanes(sums);
    if (which < count) sink.take(at, gradient, before);
  }
}

struct SparseConnections {
  const std::uint32_t* columns;
  __device__ std::uint32_t row(std::uint32_t k) const { return __ldg(columns + k); }
  __device__ std::size_t position(std::uint32_t k) const { return k; }
};

struct ClassConnections {
  std::uint32_t input;
  std::uint32_t inputs;
  __device__ std::uint32_t row(std::uint32_t k) const { return k; }
  __device__ std::size_t position(std::uint32_t k) const {
    return static_cast<std::size_t>(k) * inputs + input;
  }
};

}  // namespace regrow::cuda

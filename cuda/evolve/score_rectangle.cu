// Gradients of all cells of a rectangle, as a dense product: a block computes a square of 128 × 128
// cells from slabs of 8 samples in shared memory, a thread four squares of 4 × 4 of them in
// registers. No gradient is stored but of cells that may be among the best.
#include <variant>

#include "evolve/per_element.h"
#include "evolve/score.h"
#include "evolve/score_sink.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kSlab = 8;   // samples: what ld is a multiple of
constexpr std::uint32_t kSide = 16;  // threads
constexpr std::uint32_t kThreads = kSide * kSide;
constexpr std::uint32_t kShare = kScoreTile / kSide;  // cells of a thread, each way
static_assert(kShare == 8 && kThreads == kThreadsPerBlock);

/// A slab of the rows of both matrices, a vector of four rows at a place. A vector more keeps what
/// a warp stores off each other's banks.
struct Slab {
  using OfSample = float4[kScoreTile / 4 + 1];

  OfSample outputs[kSlab];
  OfSample inputs[kSlab];
};

/// The rows of a tile.
template <typename Value>
struct TileRows {
  const Value* first;
  std::uint32_t rows;  // at most kScoreTile
};

/// A thread's share of a slab on its way from the matrices: fetched while the slab before is used.
template <typename Value>
struct SlabShare {
  static constexpr std::uint32_t kWidth = kVectorWidth<Value>;
  static constexpr std::uint32_t kRowVectors = kSlab / kWidth;
  static constexpr std::uint32_t kMatrixVectors = kScoreTile * kRowVectors;
  static constexpr std::uint32_t kVectors = 2 * kMatrixVectors / kThreads;

  const Value* rows[kVectors];  // of the first samples; null where there is no row
  Vector<Value> vectors[kVectors];

  __device__ SlabShare(const TileRows<Value>& outputs, const TileRows<Value>& inputs,
                       std::uint32_t ld) {
#pragma unroll
    for (std::uint32_t i = 0; i < kVectors; ++i) {
      const std::uint32_t all = threadIdx.x + i * kThreads, at = all % kMatrixVectors;
      const bool is_of_outputs = all < kMatrixVectors;
      const Value* const first = is_of_outputs ? outputs.first : inputs.first;
      const std::uint32_t row = at / kRowVectors,
                          count = is_of_outputs ? outputs.rows : inputs.rows;
      rows[i] = row < count ? first + std::size_t{row} * ld + at % kRowVectors * kWidth : nullptr;
    }
  }
  /// Zero in place of rows that there are not.
  __device__ void load(std::uint32_t first_sample) {
#pragma unroll
    for (std::uint32_t i = 0; i < kVectors; ++i) {
      vectors[i] = {};
      if (rows[i] != nullptr) vectors[i] = load_vector(rows[i] + first_sample);
    }
  }
  __device__ void store(Slab& slab) const {
#pragma unroll
    for (std::uint32_t i = 0; i < kVectors; ++i) {
      const std::uint32_t all = threadIdx.x + i * kThreads, at = all % kMatrixVectors;
      Slab::OfSample* const to = all < kMatrixVectors ? slab.outputs : slab.inputs;
      float samples[kWidth];
      unpack(vectors[i], samples);
#pragma unroll
      for (std::uint32_t j = 0; j < kWidth; ++j) {
        reinterpret_cast<float*>(to[at % kRowVectors * kWidth + j])[at / kRowVectors] = samples[j];
      }
    }
  }
};

/// The place in the tile of a thread's i-th row or column: two groups of four, far apart, so that
/// neighbouring threads read neighbouring vectors.
__device__ inline std::uint32_t place_in_tile(std::uint32_t thread, std::uint32_t i) {
  return i / 4 * (kScoreTile / 2) + thread * 4 + i % 4;
}

__device__ inline void read_share(const Slab::OfSample& of_sample, std::uint32_t thread,
                                  float (&values)[kShare]) {
  const float4 low = of_sample[thread], high = of_sample[kScoreTile / 8 + thread];
  values[0] = low.x;
  values[1] = low.y;
  values[2] = low.z;
  values[3] = low.w;
  values[4] = high.x;
  values[5] = high.y;
  values[6] = high.z;
  values[7] = high.w;
}

__device__ inline bool is_taken(const TakenCells& taken, std::uint32_t output, std::uint64_t cell) {
  const std::uint32_t begin = taken.row_begin[output], end = taken.row_begin[output + 1];
  return contains({taken.cells.cells + begin, end - begin}, cell);
}

template <typename Value>
__global__ __launch_bounds__(kThreads, 2) void score_rectangle_kernel(BatchOf<Value> batch,
                                                                      std::uint32_t inputs,
                                                                      CellRectangle rectangle,
                                                                      TakenCells taken,
                                                                      ScoreSink sink) {
  __shared__ Slab slabs[2];  // in turn: one is filled while the other is used
  const std::uint32_t column = threadIdx.x % kSide, row = threadIdx.x / kSide;
  const std::uint32_t output_of_tile = blockIdx.y * kScoreTile;
  const std::uint32_t input_of_tile = blockIdx.x * kScoreTile;
  const std::uint32_t first_output = rectangle.first_output + output_of_tile;
  const std::uint32_t first_input = rectangle.first_input + input_of_tile;
  const TileRows<Value> of_outputs = {batch.gradients + std::size_t{first_output} * batch.ld,
                                      min(rectangle.outputs - output_of_tile, kScoreTile)};
  const TileRows<Value> of_inputs = {batch.inputs + std::size_t{first_input} * batch.ld,
                                     min(rectangle.inputs - input_of_tile, kScoreTile)};

  float sums[kShare][kShare] = {};
  SlabShare<Value> next(of_outputs, of_inputs, batch.ld);
  next.load(0);
  next.store(slabs[0]);
  __syncthreads();
  std::uint32_t current = 0;
  for (std::uint32_t sample = kSlab;; sample += kSlab) {
    const bool is_last = sample >= batch.ld;
    if (!is_last) next.load(sample);
    const Slab& slab = slabs[current];
#pragma unroll
    for (std::uint32_t s = 0; s < kSlab; ++s) {
      float a[kShare], b[kShare];
      read_share(slab.outputs[s], row, a);
      read_share(slab.inputs[s], column, b);
#pragma unroll
      for (std::uint32_t i = 0; i < kShare; ++i) {
#pragma unroll
        for (std::uint32_t j = 0; j < kShare; ++j) sums[i][j] = fmaf(a[i], b[j], sums[i][j]);
      }
    }
    if (is_last) break;
    current ^= 1;
    next.store(slabs[current]);
    __syncthreads();
  }

  // A bit for each of the thread's cells, by 8·i + j.
  const ScoreFloor floor = *sink.floor;
  const auto cell_of = [&](std::uint32_t i, std::uint32_t j) {
    return (std::uint64_t{first_output} + place_in_tile(row, i)) * inputs + first_input +
           place_in_tile(column, j);
  };
  std::uint64_t added = 0;
#pragma unroll
  for (std::uint32_t i = 0; i < kShare; ++i) {
#pragma unroll
    for (std::uint32_t j = 0; j < kShare; ++j) {
      const std::uint32_t score = score_of(sums[i][j]);
      const bool exists =
          place_in_tile(row, i) < of_outputs.rows && place_in_tile(column, j) < of_inputs.rows;
      const bool may_be_best =
          exists && score <= kInfinityBits && !is_below(floor, score, cell_of(i, j));
      added |= std::uint64_t{may_be_best} << (kShare * i + j);
    }
  }
  for (std::uint64_t rest = added; rest != 0; rest &= rest - 1) {
    const auto bit = static_cast<std::uint32_t>(__ffsll(static_cast<long long>(rest)) - 1);
    const std::uint32_t i = bit / kShare, j = bit % kShare;
    if (is_taken(taken, first_output + place_in_tile(row, i), cell_of(i, j))) {
      added &= ~(std::uint64_t{1} << bit);
    }
  }
  std::uint64_t place = reserve_places(static_cast<std::uint32_t>(__popcll(added)), sink.count);
#pragma unroll
  for (std::uint32_t i = 0; i < kShare; ++i) {
#pragma unroll
    for (std::uint32_t j = 0; j < kShare; ++j) {
      if ((added >> (kShare * i + j) & 1) == 0) continue;
      sink.scores[place] = score_of(sums[i][j]);
      sink.cells[place] = cell_of(i, j);
      ++place;
    }
  }
}

}  // namespace

void score_rectangle(const LayerBatch& batch, std::uint32_t inputs, const CellRectangle& rectangle,
                     const TakenCells& taken, const ScoreSink& sink, const Stream& stream) {
  const dim3 grid(divide_up(rectangle.inputs, kScoreTile),
                  divide_up(rectangle.outputs, kScoreTile));
  std::visit(
      [&]<typename Value>(const BatchOf<Value>& of) {
        launch(score_rectangle_kernel<Value>, grid, dim3(kThreads), 0, stream.get(), of, inputs,
               rectangle, taken, sink);
      },
      batch);
}

}  // namespace regrow::cuda

// Gradients of cells from a list: a warp takes 32 of them, eight lanes a cell at a time.
#include <variant>

#include "evolve/per_element.h"
#include "evolve/score.h"
#include "evolve/score_sink.h"
#include "step/connection_sums.h"

namespace regrow::cuda {
namespace {

/// Which of 32 cells is the lane's own: of the eight that its team takes, one after the other, the
/// one that sums_to_lanes() leaves with it.
__device__ inline std::uint32_t own_of_lane() {
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  return lane % kTeam * kTeams + lane / kTeam;
}

/// The gradient of the lane's own cell, where it `exists`. `count`: how many of the 32 do. All
/// lanes of the warp call.
template <typename Value>
__device__ inline float gradient_of(const BatchOf<Value>& batch, std::uint32_t inputs,
                                    std::uint64_t cell, bool exists, std::uint32_t count) {
  constexpr std::uint32_t kTurns = kInFlight / (2 * RowShare<Value>::kVectors);
  const std::uint32_t lane = threadIdx.x % kWarpSize, team = lane / kTeam;
  const std::uint32_t lane_column = lane % kTeam * kVectorWidth<Value>;
  // A matrix has at most kMostMatrixBytes.
  std::uint32_t offset_of_output = 0, offset_of_input = 0;
  if (exists) {
    const std::uint64_t output = cell / inputs;
    const auto row_bytes = static_cast<std::uint32_t>(batch.ld * sizeof(Value));
    offset_of_output = static_cast<std::uint32_t>(output) * row_bytes;
    offset_of_input = static_cast<std::uint32_t>(cell - output * inputs) * row_bytes;
  }
  float sums[kTeam] = {};
  for (std::uint32_t tile = 0; tile < batch.ld; tile += kTileColumns) {
#pragma unroll
    for (std::uint32_t turn = 0; turn < kTeam; turn += kTurns) {
      if (turn * kTeams >= count) break;
      RowShare<Value> gradients[kTurns], values[kTurns];
#pragma unroll
      for (std::uint32_t i = 0; i < kTurns; ++i) {
        const auto source = static_cast<int>(turn + i);
        const std::uint32_t row =
            __shfl_sync(kAllLanes, offset_of_output, source, static_cast<int>(kTeam));
        const std::uint32_t other =
            __shfl_sync(kAllLanes, offset_of_input, source, static_cast<int>(kTeam));
        const std::uint32_t columns = (turn + i) * kTeams + team < count ? batch.ld : 0;
        gradients[i].load(at_byte(batch.gradients, row), tile + lane_column, columns);
        values[i].load(at_byte(batch.inputs, other), tile + lane_column, columns);
      }
#pragma unroll
      for (std::uint32_t i = 0; i < kTurns; ++i) {
        float a[kTileColumns / kTeam], b[kTileColumns / kTeam];
        gradients[i].unpack_to(a);
        values[i].unpack_to(b);
#pragma unroll
        for (std::uint32_t j = 0; j < kTileColumns / kTeam; ++j) {
          sums[turn + i] = fmaf(a[j], b[j], sums[turn + i]);
        }
      }
    }
  }
  return sums_to_lanes(sums);
}

/// Hands the gradient of each cell to `take(is one, index, cell, gradient)`, which all threads of
/// the block call.
template <typename Value, typename Take>
__device__ inline void for_cells(const BatchOf<Value>& batch, std::uint32_t inputs,
                                 const CellSet& cells, const Take& take) {
  const std::size_t first = element_index() / kWarpSize * kWarpSize;
  const std::size_t left = cells.count - min(cells.count, first);
  const auto count = static_cast<std::uint32_t>(min(left, std::size_t{kWarpSize}));
  const std::uint32_t own = own_of_lane();
  const bool exists = own < count;
  const std::uint64_t cell = exists ? cells.cells[first + own] : 0;
  take(exists, first + own, cell, gradient_of(batch, inputs, cell, exists, count));
}

template <typename Value>
__global__ __launch_bounds__(kThreadsPerBlock) void gradients_kernel(BatchOf<Value> batch,
                                                                     std::uint32_t inputs,
                                                                     CellSet cells,
                                                                     float* gradients) {
  for_cells(batch, inputs, cells,
            [=](bool is_one, std::size_t index, std::uint64_t, float gradient) {
              if (is_one) gradients[index] = gradient;
            });
}

template <typename Value>
__global__ __launch_bounds__(kThreadsPerBlock) void score_cells_kernel(BatchOf<Value> batch,
                                                                       std::uint32_t inputs,
                                                                       CellSet cells,
                                                                       ScoreSink sink) {
  for_cells(batch, inputs, cells,
            [=](bool is_one, std::size_t, std::uint64_t cell, float gradient) {
              add_scored(sink, is_one, gradient, cell);
            });
}

}  // namespace

void gradients_of_cells(const LayerBatch& batch, std::uint32_t inputs, const CellSet& cells,
                        float* gradients, const Stream& stream) {
  std::visit(
      [&]<typename Value>(const BatchOf<Value>& of) {
        launch_per_element(cells.count, stream, gradients_kernel<Value>, of, inputs, cells,
                           gradients);
      },
      batch);
}

void score_cells(const LayerBatch& batch, std::uint32_t inputs, const CellSet& cells,
                 const ScoreSink& sink, const Stream& stream) {
  std::visit(
      [&]<typename Value>(const BatchOf<Value>& of) {
        launch_per_element(cells.count, stream, score_cells_kernel<Value>, of, inputs, cells, sink);
      },
      batch);
}

}  // namespace regrow::cuda

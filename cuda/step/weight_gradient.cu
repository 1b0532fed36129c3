// The work is split into rows: an output neuron of a sparse layer and the connections into it; an
// input of the dense output layer and its connections to all classes. A row's own vector stays in
// registers while the vectors at the other end of its connections are gathered.
#include <algorithm>

#include "step/gather.h"
#include "step/sums.h"
#include "step/update.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kWarps = 4;  // of a block
constexpr std::uint32_t kThreads = kWarps * kWarpSize;
constexpr std::uint32_t kMostWarpsPerRow = 64;

// Of update_kernel on a multiprocessor. With fewer registers the compiler would spill, and begin to
// add before all of the kInFlight loads are under way.
[[maybe_unused]] constexpr std::uint32_t kBlocks = 5;  // not by the emulation

/// A weight and its momentum.
struct Parameter {
  float weight = 0;
  float momentum = 0;
};

__device__ inline Parameter after_sgd_step(const Sgd& sgd, float learning_rate, float gradient,
                                           const Parameter& before) {
  const float v = fmaf(sgd.momentum, before.momentum,
                       -learning_rate * fmaf(sgd.weight_decay, before.weight, gradient));
  return {before.weight + v, v};
}

/// A bias has no decay. All lanes of the warp call; gradient: the bias's row, [ld].
template <typename Value>
__device__ inline void update_bias(const Sgd& sgd, float learning_rate, std::uint32_t ld,
                                   const Value* gradient, float* bias, float* momentum) {
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  Parameter before;
  if (lane == 0) before = {*bias, *momentum};
  float sum = 0;
  for (std::uint32_t column = 4 * lane; column < ld; column += kTileColumns) {
    const Quad quad = load_quad(gradient + column);
    sum += (quad.at[0] + quad.at[1]) + (quad.at[2] + quad.at[3]);
  }
  sum = sum_over_warp(sum);
  if (lane != 0) return;
  const Parameter after = after_sgd_step({sgd.momentum, 0}, learning_rate, sum, before);
  *bias = after.weight;
  *momentum = after.momentum;
}

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

/// Updates the connections of one row that are the share of warp `part` of `parts`.
/// own: the row's vector [ld]; other: [..][ld], whose row(k) meets connection k; the weight of
/// connection k is at position(k).
template <typename Value, typename Connections>
__device__ inline void update_connections(const Connections& connections, ConnectionRange range,
                                          std::uint32_t part, std::uint32_t parts, const Sgd& sgd,
                                          float learning_rate, std::uint32_t ld, const Value* own,
                                          const Value* other, float* weights, float* momentum) {
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
    Parameter before;  // loaded here, so that it comes while the rows are on their way
    if (which < count) {
      row_offset = connections.row(k) * ld * kValueBytes;
      at = connections.position(k);
      before = {weights[at], momentum[at]};
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
    if (which < count) {
      const Parameter after = after_sgd_step(sgd, learning_rate, gradient, before);
      weights[at] = after.weight;
      momentum[at] = after.momentum;
    }
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

/// What one launch does. Its blocks: of each layer, of the output layer, one that records the step.
template <typename Value>
struct UpdateWork {
  LayerUpdate<Value> layers[kLayersPerUpdate];
  std::uint32_t layer_count = 0;
  std::uint32_t first_block[kLayersPerUpdate + 2] = {};  // of the layers, the output, the record
  std::uint32_t log2_parts[kLayersPerUpdate + 1] = {};   // warps of a row, the output layer's last
  OutputUpdate<Value> output;
  StepRecord record;
  Sgd sgd;
  std::uint32_t ld = 0;
};

template <typename Value>
__device__ inline void update_layer_rows(const UpdateWork<Value>& work, std::uint32_t index,
                                         std::uint32_t warp, float learning_rate) {
  const LayerUpdate<Value>& update = work.layers[index];
  const RowView& layer = update.layer;
  const std::uint32_t log2_parts = work.log2_parts[index], parts = 1U << log2_parts;
  const std::uint32_t row = warp >> log2_parts, part = warp & (parts - 1);
  if (row >= layer.outputs) return;
  const ConnectionRange range = {__ldg(layer.row_begin + row), __ldg(layer.row_begin + row + 1)};
  const Value* const gradient = update.gradient + static_cast<std::size_t>(row) * work.ld;
  if (part == 0) {
    update_bias(work.sgd, learning_rate, work.ld, gradient, layer.biases + row,
                layer.bias_momentum + row);
  }
  update_connections(SparseConnections{layer.columns}, range, part, parts, work.sgd, learning_rate,
                     work.ld, gradient, update.input, layer.weights, layer.momentum);
}

template <typename Value>
__device__ inline void update_output_rows(const UpdateWork<Value>& work, std::uint32_t warp,
                                          float learning_rate) {
  const OutputView& layer = work.output.layer;
  const std::uint32_t log2_parts = work.log2_parts[work.layer_count], parts = 1U << log2_parts;
  const std::uint32_t input = warp >> log2_parts, part = warp & (parts - 1);
  if (input < layer.inputs) {
    update_connections(ClassConnections{input, layer.inputs}, {0, layer.classes}, part, parts,
                       work.sgd, learning_rate, work.ld,
                       work.output.input + static_cast<std::size_t>(input) * work.ld,
                       work.output.gradient, layer.weights, layer.momentum);
    return;
  }
  const std::uint32_t output_class = warp - layer.inputs * parts;
  if (output_class >= layer.classes) return;
  update_bias(work.sgd, learning_rate, work.ld,
              work.output.gradient + static_cast<std::size_t>(output_class) * work.ld,
              layer.biases + output_class, layer.bias_momentum + output_class);
}

__device__ inline void record_step(const StepRecord& record) {
  if (threadIdx.x >= kWarpSize) return;
  const StepSums sums = warp_sums(record.count, record.losses, record.hits);
  if (threadIdx.x != 0) return;
  record.sums[record.state->index] = sums;
  ++record.state->index;  // no other block of this launch reads it
}

template <typename Value>
__global__ __launch_bounds__(kThreads, kBlocks) void update_kernel(
    const __grid_constant__ UpdateWork<Value> work) {
  const float learning_rate = work.record.state->learning_rate;
  std::uint32_t index = 0;
  while (index < work.layer_count + 1 && blockIdx.x >= work.first_block[index + 1]) ++index;
  const std::uint32_t warp =
      (blockIdx.x - work.first_block[index]) * kWarps + threadIdx.x / kWarpSize;
  if (index < work.layer_count) {
    update_layer_rows(work, index, warp, learning_rate);
  } else if (index == work.layer_count) {
    update_output_rows(work, warp, learning_rate);
  } else {
    record_step(work.record);
  }
}

__global__ __launch_bounds__(256) void update_from_gradient_kernel(
    std::size_t count, const float* gradient, const std::uint8_t* mask, Sgd sgd,
    const StepState* state, float* weights, float* momentum) {
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  if (mask != nullptr && mask[i] == 0) return;
  const Parameter after =
      after_sgd_step(sgd, state->learning_rate, gradient[i], {weights[i], momentum[i]});
  weights[i] = after.weight;
  momentum[i] = after.momentum;
}

template <typename Value>
__global__ __launch_bounds__(kThreads) void update_biases_kernel(
    std::uint32_t outputs, std::uint32_t ld, const Value* gradient, Sgd sgd, const StepState* state,
    float* biases, float* bias_momentum) {
  const std::uint32_t row = blockIdx.x * kWarps + threadIdx.x / kWarpSize;
  if (row >= outputs) return;
  update_bias(sgd, state->learning_rate, ld, gradient + static_cast<std::size_t>(row) * ld,
              biases + row, bias_momentum + row);
}

}  // namespace

template <typename Value>
void update(std::span<const LayerUpdate<Value>> layers, const OutputUpdate<Value>& output,
            const Sgd& sgd, std::uint32_t ld, const StepRecord& record, const Stream& stream) {
  do {
    UpdateWork<Value> work;
    work.layer_count = static_cast<std::uint32_t>(std::min(layers.size(), kLayersPerUpdate));
    work.sgd = sgd;
    work.ld = ld;
    work.record = record;
    std::uint32_t blocks = 0;
    for (std::uint32_t i = 0; i < work.layer_count; ++i) {
      work.layers[i] = layers[i];
      work.log2_parts[i] = log2_warps_per_row(layers[i].layer.outputs, kMostWarpsPerRow);
      work.first_block[i] = blocks;
      blocks += divide_up(layers[i].layer.outputs << work.log2_parts[i], kWarps);
    }
    layers = layers.subspan(work.layer_count);
    work.first_block[work.layer_count] = blocks;
    if (layers.empty()) {
      work.output = output;
      const std::uint32_t most =
          std::min(divide_up(output.layer.classes, kWarpSize), kMostWarpsPerRow);
      work.log2_parts[work.layer_count] = log2_warps_per_row(output.layer.inputs, most);
      blocks += divide_up(
          (output.layer.inputs << work.log2_parts[work.layer_count]) + output.layer.classes,
          kWarps);
    }
    work.first_block[work.layer_count + 1] = blocks;
    if (layers.empty()) ++blocks;
    launch(update_kernel<Value>, {blocks}, {kThreads}, 0, stream.get(), work);
  } while (!layers.empty());
}

void update_from_gradient(std::size_t count, const float* gradient, const std::uint8_t* mask,
                          const Sgd& sgd, const StepState* state, float* weights, float* momentum,
                          const Stream& stream) {
  constexpr unsigned kBlock = 256;
  if (count == 0) return;
  launch(update_from_gradient_kernel, {static_cast<unsigned>((count + kBlock - 1) / kBlock)},
         {kBlock}, 0, stream.get(), count, gradient, mask, sgd, state, weights, momentum);
}

template <typename Value>
void update_biases(std::uint32_t outputs, std::uint32_t ld, const Value* gradient, const Sgd& sgd,
                   const StepState* state, float* biases, float* bias_momentum,
                   const Stream& stream) {
  launch(update_biases_kernel<Value>, {divide_up(outputs, kWarps)}, {kThreads}, 0, stream.get(),
         outputs, ld, gradient, sgd, state, biases, bias_momentum);
}

#define REGROW_INSTANTIATE(Value)                                                       \
  template void update(std::span<const LayerUpdate<Value>>, const OutputUpdate<Value>&, \
                       const Sgd&, std::uint32_t, const StepRecord&, const Stream&);    \
  template void update_biases(std::uint32_t, std::uint32_t, const Value*, const Sgd&,   \
                              const StepState*, float*, float*, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

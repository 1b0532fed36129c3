// One launch takes up to kLayersPerLaunch sparse layers and the output layer: a block a few rows.
#include <algorithm>

#include "step/connection_sums.h"
#include "step/sgd.h"
#include "step/sums.h"
#include "step/weight_gradient.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kWarps = 4;  // of a block
constexpr std::uint32_t kThreads = kWarps * kWarpSize;
constexpr std::uint32_t kMostWarpsPerRow = 64;

// Of a kernel of all rows on a multiprocessor. With fewer registers the compiler would spill, and
// begin to add before all of the kInFlight loads are under way.
[[maybe_unused]] constexpr std::uint32_t kBlocks = 5;  // not by the emulation

/// What one launch does. Its blocks: of each layer, of the output layer, one that records the step.
template <typename Value>
struct Work {
  LayerGradient<Value> layers[kLayersPerLaunch];
  std::uint32_t layer_count = 0;
  std::uint32_t first_block[kLayersPerLaunch + 2] = {};  // of the layers, the output, the record
  std::uint32_t log2_parts[kLayersPerLaunch + 1] = {};   // warps of a row, the output layer's last
  OutputGradient<Value> output;
  StepRecord record;
  Sgd sgd;
  std::uint32_t ld = 0;
};

/// Sinks of a launch: kFused sgd's step, otherwise the arrays of gradients. A bias has no decay.
template <typename Value, bool kFused>
struct Sinks {
  const Work<Value>& work;
  float learning_rate;

  __device__ auto weights(const ParameterView& weights, float* gradients) const {
    if constexpr (kFused) {
      return SgdSink{work.sgd, learning_rate, weights.values, weights.slots[0]};
    } else {
      return StoringSink{gradients};
    }
  }
  __device__ auto biases(const ParameterView& biases, float* gradients) const {
    if constexpr (kFused) {
      return SgdSink{{work.sgd.momentum, 0}, learning_rate, biases.values, biases.slots[0]};
    } else {
      return StoringSink{gradients};
    }
  }
};

/// All lanes of the warp call; gradient: the bias's row, [ld].
template <typename Value, typename Sink>
__device__ inline void sum_bias(std::uint32_t ld, const Value* gradient, std::size_t at,
                                const Sink& sink) {
  const bool first = threadIdx.x % kWarpSize == 0;
  typename Sink::Held before;
  if (first) before = sink.hold(at);
  const float sum = sum_of_row(ld, gradient);
  if (first) sink.take(at, sum, before);
}

template <typename Value, bool kFused>
__device__ inline void sum_layer_rows(const Work<Value>& work, std::uint32_t index,
                                      std::uint32_t warp, const Sinks<Value, kFused>& sinks) {
  const LayerGradient<Value>& of = work.layers[index];
  const RowView& layer = of.layer;
  const std::uint32_t log2_parts = work.log2_parts[index], parts = 1U << log2_parts;
  const std::uint32_t row = warp >> log2_parts, part = warp & (parts - 1);
  if (row >= layer.outputs) return;
  const ConnectionRange range = {__ldg(layer.row_begin + row), __ldg(layer.row_begin + row + 1)};
  const Value* const gradient = of.gradient + static_cast<std::size_t>(row) * work.ld;
  if (part == 0) sum_bias(work.ld, gradient, row, sinks.biases(layer.biases, of.of_biases));
  sum_connections(SparseConnections{layer.columns}, range, part, parts, work.ld, gradient, of.input,
                  sinks.weights(layer.weights, of.of_weights));
}

template <typename Value, bool kFused>
__device__ inline void sum_output_rows(const Work<Value>& work, std::uint32_t warp,
                                       const Sinks<Value, kFused>& sinks) {
  const OutputView& layer = work.output.layer;
  const std::uint32_t log2_parts = work.log2_parts[work.layer_count], parts = 1U << log2_parts;
  const std::uint32_t input = warp >> log2_parts, part = warp & (parts - 1);
  if (input < layer.inputs) {
    sum_connections(ClassConnections{input, layer.inputs}, {0, layer.classes}, part, parts, work.ld,
                    work.output.input + static_cast<std::size_t>(input) * work.ld,
                    work.output.gradient, sinks.weights(layer.weights, work.output.of_weights));
    return;
  }
  const std::uint32_t output_class = warp - layer.inputs * parts;
  if (output_class >= layer.classes) return;
  sum_bias(work.ld, work.output.gradient + static_cast<std::size_t>(output_class) * work.ld,
           output_class, sinks.biases(layer.biases, work.output.of_biases));
}

template <typename Value, bool kFused>
__global__ __launch_bounds__(kThreads, kBlocks) void weight_gradient_kernel(
    const __grid_constant__ Work<Value> work) {
  const Sinks<Value, kFused> sinks = {work, kFused ? work.record.state->rates.learning_rate : 0};
  std::uint32_t index = 0;
  while (index < work.layer_count + 1 && blockIdx.x >= work.first_block[index + 1]) ++index;
  const std::uint32_t warp =
      (blockIdx.x - work.first_block[index]) * kWarps + threadIdx.x / kWarpSize;
  if (index < work.layer_count) {
    sum_layer_rows(work, index, warp, sinks);
  } else if (index == work.layer_count) {
    sum_output_rows(work, warp, sinks);
  } else if constexpr (kFused) {
    record_step(work.record);
  }
}

template <typename Value>
__global__ __launch_bounds__(kThreads) void update_biases_kernel(std::uint32_t outputs,
                                                                 std::uint32_t ld,
                                                                 const Value* gradient, Sgd sgd,
                                                                 const StepState* state,
                                                                 ParameterView biases) {
  const std::uint32_t row = blockIdx.x * kWarps + threadIdx.x / kWarpSize;
  if (row >= outputs) return;
  sum_bias(ld, gradient + static_cast<std::size_t>(row) * ld, row,
           SgdSink{{sgd.momentum, 0}, state->rates.learning_rate, biases.values, biases.slots[0]});
}

template <typename Value>
__global__ __launch_bounds__(kThreads) void bias_gradient_kernel(std::uint32_t outputs,
                                                                 std::uint32_t ld,
                                                                 const Value* gradient,
                                                                 float* of_biases) {
  const std::uint32_t row = blockIdx.x * kWarps + threadIdx.x / kWarpSize;
  if (row >= outputs) return;
  sum_bias(ld, gradient + static_cast<std::size_t>(row) * ld, row, StoringSink{of_biases});
}

template <bool kFused, typename Value>
void launch_all(std::span<const LayerGradient<Value>> layers, const OutputGradient<Value>& output,
                const Sgd& sgd, std::uint32_t ld, const StepRecord& record, const Stream& stream) {
  do {
    Work<Value> work;
    work.layer_count = static_cast<std::uint32_t>(std::min(layers.size(), kLayersPerLaunch));
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
    if (layers.empty() && kFused) ++blocks;
    launch(weight_gradient_kernel<Value, kFused>, {blocks}, {kThreads}, 0, stream.get(), work);
  } while (!layers.empty());
}

}  // namespace

template <typename Value>
void weight_gradient(std::span<const LayerGradient<Value>> layers,
                     const OutputGradient<Value>& output, std::uint32_t ld, const Stream& stream) {
  launch_all<false>(layers, output, {}, ld, {}, stream);
}

template <typename Value>
void fused_update(std::span<const LayerGradient<Value>> layers, const OutputGradient<Value>& output,
                  const Sgd& sgd, std::uint32_t ld, const StepRecord& record,
                  const Stream& stream) {
  launch_all<true>(layers, output, sgd, ld, record, stream);
}

template <typename Value>
void bias_gradient(std::uint32_t outputs, std::uint32_t ld, const Value* gradient, float* of_biases,
                   const Stream& stream) {
  launch(bias_gradient_kernel<Value>, {divide_up(outputs, kWarps)}, {kThreads}, 0, stream.get(),
         outputs, ld, gradient, of_biases);
}

template <typename Value>
void update_biases(std::uint32_t outputs, std::uint32_t ld, const Value* gradient, const Sgd& sgd,
                   const StepState* state, const ParameterView& biases, const Stream& stream) {
  launch(update_biases_kernel<Value>, {divide_up(outputs, kWarps)}, {kThreads}, 0, stream.get(),
         outputs, ld, gradient, sgd, state, biases);
}

#define REGROW_INSTANTIATE(Value)                                                                 \
  template void weight_gradient(std::span<const LayerGradient<Value>>,                            \
                                const OutputGradient<Value>&, std::uint32_t, const Stream&);      \
  template void fused_update(std::span<const LayerGradient<Value>>, const OutputGradient<Value>&, \
                             const Sgd&, std::uint32_t, const StepRecord&, const Stream&);        \
  template void bias_gradient(std::uint32_t, std::uint32_t, const Value*, float*, const Stream&); \
  template void update_biases(std::uint32_t, std::uint32_t, const Value*, const Sgd&,             \
                              const StepState*, const ParameterView&, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

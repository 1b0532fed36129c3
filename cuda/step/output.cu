#include "step/activation.h"
#include "step/gather.h"
#include "step/output.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kWarps = 4;  // of a block of multiply_output
constexpr std::uint32_t kInputsPerWarp = 8;
constexpr std::uint32_t kInputsPerTurn = kWarps * kInputsPerWarp;  // of a block
static_assert(kInputsPerTurn == kWarpSize);
constexpr std::uint32_t kClassGroup = 10;  // common class counts are multiples of it

std::uint32_t inputs_per_slice(std::uint32_t inputs) {
  constexpr std::uint32_t kMostSlices = 256;
  return kInputsPerTurn * divide_up(inputs, kInputsPerTurn * kMostSlices);
}

// A block multiplies a slice of inputs by a group of classes: each warp its share of the inputs,
// read once into registers; the warps' sums are added in order.
template <typename Value>
__global__ __launch_bounds__(kWarps* kWarpSize) void multiply_output_kernel(
    OutputView layer, std::uint32_t slice_inputs, std::uint32_t ld, const Value* input,
    float* partial) {
  __shared__ float weights[kClassGroup][kInputsPerTurn];
  __shared__ Quad sums[kWarps][kClassGroup][kWarpSize];
  const std::uint32_t warp = threadIdx.x / kWarpSize, lane = threadIdx.x % kWarpSize;
  const std::uint32_t column = blockIdx.y * kTileColumns + 4 * lane;
  const std::uint32_t first_class = blockIdx.z * kClassGroup;
  const std::uint32_t first_input = blockIdx.x * slice_inputs;
  const std::uint32_t last_input = min(first_input + slice_inputs, layer.inputs);

  Quad sum[kClassGroup] = {};
  for (std::uint32_t turn = first_input; turn < last_input; turn += kInputsPerTurn) {
    Quad values[kInputsPerWarp];
#pragma unroll
    for (std::uint32_t i = 0; i < kInputsPerWarp; ++i) {
      const std::uint32_t from = turn + warp * kInputsPerWarp + i;
      values[i] = {};
      if (from < last_input && column < ld) {
        values[i] = load_quad(input + static_cast<std::size_t>(from) * ld + column);
      }
    }
    __syncthreads();  // the weights of the turn before have been read
    for (std::uint32_t c = warp; c < kClassGroup; c += kWarps) {
      const bool exists = first_class + c < layer.classes && turn + lane < last_input;
      weights[c][lane] =
          exists
              ? layer.weights
                    .values[static_cast<std::size_t>(first_class + c) * layer.inputs + turn + lane]
              : 0;
    }
    __syncthreads();
#pragma unroll
    for (std::uint32_t c = 0; c < kClassGroup; ++c) {
#pragma unroll
      for (std::uint32_t i = 0; i < kInputsPerWarp; ++i) {
        const float weight = weights[c][warp * kInputsPerWarp + i];
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          sum[c].at[j] = fmaf(weight, values[i].at[j], sum[c].at[j]);
        }
      }
    }
  }
#pragma unroll
  for (std::uint32_t c = 0; c < kClassGroup; ++c) sums[warp][c][lane] = sum[c];
  __syncthreads();
  for (std::uint32_t c = warp; c < kClassGroup; c += kWarps) {
    if (first_class + c >= layer.classes || column >= ld) continue;
    Quad total = sums[0][c][lane];
    for (std::uint32_t other = 1; other < kWarps; ++other) {
#pragma unroll
      for (int j = 0; j < 4; ++j) total.at[j] += sums[other][c][lane].at[j];
    }
    const std::size_t row = static_cast<std::size_t>(blockIdx.x) * layer.classes + first_class + c;
    store_quad(total, partial + row * ld + column);
  }
}

// The output layer as the gather sees it: an input's connections are all classes.
struct Classes {
  OutputView layer;

  __device__ ConnectionRange range(std::uint32_t) const { return {0, layer.classes}; }
  __device__ Connection connection(std::uint32_t input, std::uint32_t c) const {
    return {c, __ldg(layer.weights.values + static_cast<std::size_t>(c) * layer.inputs + input)};
  }
};

template <typename Value, bool kAnyForm>
__global__ __launch_bounds__(kMostGatherThreads) void backward_output_kernel(
    GatherShape shape, Classes classes, Activation of_input, const Value* gradient,
    const Value* input, const Value* pre_activation, Value* input_gradient) {
  gather(shape, classes, gradient, [&](std::uint32_t row, std::uint32_t column, const Quad& sum) {
    const std::size_t at = static_cast<std::size_t>(row) * shape.ld + column;
    store_quad(input_gradient_of<kAnyForm>(of_input, input, pre_activation, at, sum),
               input_gradient + at);
  });
}

}  // namespace

std::uint32_t output_slices(std::uint32_t inputs) {
  return divide_up(inputs, inputs_per_slice(inputs));
}

template <typename Value>
void multiply_output(const OutputView& layer, std::uint32_t ld, const Value* input, float* partial,
                     const Stream& stream) {
  const dim3 grid(output_slices(layer.inputs), column_tiles(ld),
                  divide_up(layer.classes, kClassGroup));
  launch(multiply_output_kernel<Value>, grid, {kWarps * kWarpSize}, 0, stream.get(), layer,
         inputs_per_slice(layer.inputs), ld, input, partial);
}

template <typename Value>
void backward_output(const OutputView& layer, const Activation& of_input, std::uint32_t ld,
                     const Value* gradient, const Value* input, const Value* pre_activation,
                     Value* input_gradient, const Stream& stream) {
  const GatherShape shape(layer.inputs, ld);
  const auto kernel = of_input.of_layer().needs_pre_activation()
                          ? backward_output_kernel<Value, true>
                          : backward_output_kernel<Value, false>;
  launch(kernel, shape.grid(), shape.block(), shape.shared_bytes(), stream.get(), shape,
         Classes{layer}, of_input, gradient, input, pre_activation, input_gradient);
}

#define REGROW_INSTANTIATE(Value)                                                                  \
  template void multiply_output(const OutputView&, std::uint32_t, const Value*, float*,            \
                                const Stream&);                                                    \
  template void backward_output(const OutputView&, const Activation&, std::uint32_t, const Value*, \
                                const Value*, const Value*, Value*, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

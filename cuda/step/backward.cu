#include "step/activation.h"
#include "step/backward.h"
#include "step/gather.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

struct Columns {
  ColumnView layer;

  __device__ ConnectionRange range(std::uint32_t column) const {
    return {__ldg(layer.column_begin + column), __ldg(layer.column_begin + column + 1)};
  }
  __device__ Connection connection(std::uint32_t, std::uint32_t k) const {
    return {__ldg(layer.rows + k), __ldg(layer.weights + __ldg(layer.positions + k))};
  }
};

template <typename Value, bool kAnyForm>
__global__ __launch_bounds__(kMostGatherThreads) void backward_input_kernel(
    GatherShape shape, Columns columns, Activation of_input, const Value* gradient,
    const Value* input, const Value* pre_activation, Value* input_gradient) {
  gather(shape, columns, gradient, [&](std::uint32_t row, std::uint32_t column, const Quad& sum) {
    const std::size_t at = static_cast<std::size_t>(row) * shape.ld + column;
    store_quad(input_gradient_of<kAnyForm>(of_input, input, pre_activation, at, sum),
               input_gradient + at);
  });
}

template <typename Value, bool kAnyForm>
__global__ void multiply_by_derivative_kernel(std::uint32_t features, Activation activation,
                                              std::uint32_t ld, const Value* activated,
                                              const Value* pre_activation, Value* gradient) {
  const std::uint32_t feature = blockIdx.x * kRowsPerBlock + threadIdx.y;
  const std::uint32_t column = blockIdx.y * kTileColumns + threadIdx.x * 4;
  if (feature >= features || column >= ld) return;
  const std::size_t at = static_cast<std::size_t>(feature) * ld + column;
  store_quad(input_gradient_of<kAnyForm>(activation, activated, pre_activation, at,
                                         load_quad(gradient + at)),
             gradient + at);
}

// A warp takes a neuron: four sums over the batch, in an order that the matrix's width alone says.
constexpr std::uint32_t kWarps = 4;  // of a block
template <typename Value>
__global__ __launch_bounds__(kWarps* kWarpSize) void srelu_backward_kernel(
    std::uint32_t features, Activation activation, std::uint32_t ld, const Value* pre_activation,
    Value* gradient, SReluGradients sums) {
  const std::uint32_t feature = blockIdx.x * kWarps + threadIdx.x / kWarpSize;
  if (feature >= features) return;
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  const step::SRelu<float> learned = learned_of(activation, feature);
  step::SRelu<float> sum = {0, 0, 0, 0};
  for (std::uint32_t column = 4 * lane; column < ld; column += kTileColumns) {
    const std::size_t at = static_cast<std::size_t>(feature) * ld + column;
    const Quad z = load_quad(pre_activation + at);
    Quad quad = load_quad(gradient + at);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const step::SRelu<float> by = step::srelu_parameter_derivatives(learned, z.at[i]);
      sum.t_left = fmaf(quad.at[i], by.t_left, sum.t_left);
      sum.a_left = fmaf(quad.at[i], by.a_left, sum.a_left);
      sum.t_right = fmaf(quad.at[i], by.t_right, sum.t_right);
      sum.a_right = fmaf(quad.at[i], by.a_right, sum.a_right);
      quad.at[i] *= step::srelu_derivative(learned, z.at[i]);
    }
    store_quad(quad, gradient + at);
  }
  sum = {sum_over_warp(sum.t_left), sum_over_warp(sum.a_left), sum_over_warp(sum.t_right),
         sum_over_warp(sum.a_right)};
  if (lane != 0) return;
  sums.t_left[feature] = sum.t_left;
  sums.a_left[feature] = sum.a_left;
  sums.t_right[feature] = sum.t_right;
  sums.a_right[feature] = sum.a_right;
}

}  // namespace

template <typename Value>
void backward_input(const ColumnView& layer, const Activation& of_input, std::uint32_t ld,
                    const Value* gradient, const Value* input, const Value* pre_activation,
                    Value* input_gradient, const Stream& stream) {
  const GatherShape shape(layer.inputs, ld);
  const auto kernel = of_input.of_layer().needs_pre_activation()
                          ? backward_input_kernel<Value, true>
                          : backward_input_kernel<Value, false>;
  launch(kernel, shape.grid(), shape.block(), shape.shared_bytes(), stream.get(), shape,
         Columns{layer}, of_input, gradient, input, pre_activation, input_gradient);
}

template <typename Value>
void multiply_by_derivative(std::uint32_t features, const Activation& activation, std::uint32_t ld,
                            const Value* activated, const Value* pre_activation, Value* gradient,
                            const Stream& stream) {
  const auto kernel = activation.of_layer().needs_pre_activation()
                          ? multiply_by_derivative_kernel<Value, true>
                          : multiply_by_derivative_kernel<Value, false>;
  launch(kernel, elementwise_grid(features, ld), elementwise_block(), 0, stream.get(), features,
         activation, ld, activated, pre_activation, gradient);
}

template <typename Value>
void srelu_backward(std::uint32_t features, const Activation& activation, std::uint32_t ld,
                    const Value* pre_activation, Value* gradient, const SReluGradients& sums,
                    const Stream& stream) {
  launch(srelu_backward_kernel<Value>, {divide_up(features, kWarps)}, {kWarps * kWarpSize}, 0,
         stream.get(), features, activation, ld, pre_activation, gradient, sums);
}

#define REGROW_INSTANTIATE(Value)                                                                 \
  template void backward_input(const ColumnView&, const Activation&, std::uint32_t, const Value*, \
                               const Value*, const Value*, Value*, const Stream&);                \
  template void multiply_by_derivative(std::uint32_t, const Activation&, std::uint32_t,           \
                                       const Value*, const Value*, Value*, const Stream&);        \
  template void srelu_backward(std::uint32_t, const Activation&, std::uint32_t, const Value*,     \
                               Value*, const SReluGradients&, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

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

template <typename Value>
__global__ __launch_bounds__(kMostGatherThreads) void backward_input_kernel(
    GatherShape shape, Columns columns, Activation of_input, const Value* gradient,
    const Value* input, Value* input_gradient) {
  gather(shape, columns, gradient, [&](std::uint32_t row, std::uint32_t column, const Quad& sum) {
    const std::size_t at = static_cast<std::size_t>(row) * shape.ld + column;
    store_quad(times_derivative(of_input, load_quad(input + at), sum), input_gradient + at);
  });
}

template <typename Value>
__global__ void multiply_by_derivative_kernel(std::uint32_t features, Activation activation,
                                              std::uint32_t ld, const Value* activated,
                                              Value* gradient) {
  const std::uint32_t feature = blockIdx.x * kRowsPerBlock + threadIdx.y;
  const std::uint32_t column = blockIdx.y * kTileColumns + threadIdx.x * 4;
  if (feature >= features || column >= ld) return;
  const std::size_t at = static_cast<std::size_t>(feature) * ld + column;
  store_quad(times_derivative(activation, load_quad(activated + at), load_quad(gradient + at)),
             gradient + at);
}

}  // namespace

template <typename Value>
void backward_input(const ColumnView& layer, const Activation& of_input, std::uint32_t ld,
                    const Value* gradient, const Value* input, Value* input_gradient,
                    const Stream& stream) {
  const GatherShape shape(layer.inputs, ld);
  launch(backward_input_kernel<Value>, shape.grid(), shape.block(), shape.shared_bytes(),
         stream.get(), shape, Columns{layer}, of_input, gradient, input, input_gradient);
}

template <typename Value>
void multiply_by_derivative(std::uint32_t features, const Activation& activation, std::uint32_t ld,
                            const Value* activated, Value* gradient, const Stream& stream) {
  launch(multiply_by_derivative_kernel<Value>, elementwise_grid(features, ld), elementwise_block(),
         0, stream.get(), features, activation, ld, activated, gradient);
}

#define REGROW_INSTANTIATE(Value)                                                                 \
  template void backward_input(const ColumnView&, const Activation&, std::uint32_t, const Value*, \
                               const Value*, Value*, const Stream&);                              \
  template void multiply_by_derivative(std::uint32_t, const Activation&, std::uint32_t,           \
                                       const Value*, Value*, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

#include "step/activation.h"
#include "step/forward.h"
#include "step/gather.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

struct Rows {
  RowView layer;

  __device__ ConnectionRange range(std::uint32_t row) const {
    return {__ldg(layer.row_begin + row), __ldg(layer.row_begin + row + 1)};
  }
  __device__ Connection connection(std::uint32_t, std::uint32_t k) const {
    return {__ldg(layer.columns + k), __ldg(layer.weights + k)};
  }
};

template <typename Value>
__device__ void activate_and_store(const Activation& activation, std::uint32_t time, float bias,
                                   std::uint32_t feature, std::uint32_t column, Quad values,
                                   Value* to) {
#pragma unroll
  for (int i = 0; i < 4; ++i) values.at[i] += bias;
  store_quad(activated(activation, time, feature, column, values), to);
}

template <typename Value>
__global__ __launch_bounds__(kMostGatherThreads) void forward_kernel(GatherShape shape, Rows rows,
                                                                     Activation activation,
                                                                     const StepState* state,
                                                                     const Value* input,
                                                                     Value* output) {
  gather(shape, rows, input, [&](std::uint32_t row, std::uint32_t column, const Quad& sum) {
    activate_and_store(activation, dropout_time(activation, state), rows.layer.biases[row], row,
                       column, sum, output + static_cast<std::size_t>(row) * shape.ld + column);
  });
}

template <typename Value>
__global__ void activate_kernel(std::uint32_t features, const float* biases, Activation activation,
                                const StepState* state, std::uint32_t ld, Value* values) {
  const std::uint32_t feature = blockIdx.x * kRowsPerBlock + threadIdx.y;
  const std::uint32_t column = blockIdx.y * kTileColumns + threadIdx.x * 4;
  if (feature >= features || column >= ld) return;
  Value* const at = values + static_cast<std::size_t>(feature) * ld + column;
  activate_and_store(activation, dropout_time(activation, state), biases[feature], feature, column,
                     load_quad(at), at);
}

}  // namespace

template <typename Value>
void forward(const RowView& layer, const Activation& activation, const StepState* state,
             std::uint32_t ld, const Value* input, Value* output, const Stream& stream) {
  const GatherShape shape(layer.outputs, ld);
  launch(forward_kernel<Value>, shape.grid(), shape.block(), shape.shared_bytes(), stream.get(),
         shape, Rows{layer}, activation, state, input, output);
}

template <typename Value>
void activate(std::uint32_t features, const float* biases, const Activation& activation,
              const StepState* state, std::uint32_t ld, Value* values, const Stream& stream) {
  launch(activate_kernel<Value>, elementwise_grid(features, ld), elementwise_block(), 0,
         stream.get(), features, biases, activation, state, ld, values);
}

#define REGROW_INSTANTIATE(Value)                                                           \
  template void forward(const RowView&, const Activation&, const StepState*, std::uint32_t, \
                        const Value*, Value*, const Stream&);                               \
  template void activate(std::uint32_t, const float*, const Activation&, const StepState*,  \
                         std::uint32_t, Value*, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

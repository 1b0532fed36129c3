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
    return {__ldg(layer.columns + k), __ldg(layer.weights.values + k)};
  }
};

/// Where a neuron's output goes, and its pre-activation, unless null.
template <typename Value>
struct ForwardTargets {
  Value* output;
  Value* pre_activation;
};

template <bool kAnyForm, typename Value>
__device__ void activate_and_store(const Activation& activation, std::uint32_t time, float bias,
                                   std::uint32_t feature, std::uint32_t column, Quad values,
                                   const ForwardTargets<Value>& to, std::size_t at) {
#pragma unroll
  for (int i = 0; i < 4; ++i) values.at[i] += bias;
  if constexpr (kAnyForm) {
    if (to.pre_activation != nullptr) store_quad(values, to.pre_activation + at);
  }
  store_quad(activated<kAnyForm>(activation, time, feature, column, values), to.output + at);
}

template <typename Value, bool kAnyForm>
__global__ __launch_bounds__(kMostGatherThreads) void forward_kernel(GatherShape shape, Rows rows,
                                                                     Activation activation,
                                                                     const StepState* state,
                                                                     const Value* input,
                                                                     ForwardTargets<Value> to) {
  gather(shape, rows, input, [&](std::uint32_t row, std::uint32_t column, const Quad& sum) {
    activate_and_store<kAnyForm>(activation, dropout_time(activation, state),
                                 rows.layer.biases.values[row], row, column, sum, to,
                                 static_cast<std::size_t>(row) * shape.ld + column);
  });
}

template <typename Value, bool kAnyForm>
__global__ void activate_kernel(std::uint32_t features, const float* biases, Activation activation,
                                const StepState* state, std::uint32_t ld,
                                ForwardTargets<Value> to) {
  const std::uint32_t feature = blockIdx.x * kRowsPerBlock + threadIdx.y;
  const std::uint32_t column = blockIdx.y * kTileColumns + threadIdx.x * 4;
  if (feature >= features || column >= ld) return;
  const std::size_t at = static_cast<std::size_t>(feature) * ld + column;
  activate_and_store<kAnyForm>(activation, dropout_time(activation, state), biases[feature],
                               feature, column, load_quad(to.output + at), to, at);
}

}  // namespace

template <typename Value>
void forward(const RowView& layer, const Activation& activation, const StepState* state,
             std::uint32_t ld, const Value* input, Value* output, Value* pre_activation,
             const Stream& stream) {
  const GatherShape shape(layer.outputs, ld);
  const auto kernel = activation.of_layer().needs_pre_activation() ? forward_kernel<Value, true>
                                                                   : forward_kernel<Value, false>;
  launch(kernel, shape.grid(), shape.block(), shape.shared_bytes(), stream.get(), shape,
         Rows{layer}, activation, state, input, ForwardTargets<Value>{output, pre_activation});
}

template <typename Value>
void activate(std::uint32_t features, const float* biases, const Activation& activation,
              const StepState* state, std::uint32_t ld, Value* values, Value* pre_activation,
              const Stream& stream) {
  const auto kernel = activation.of_layer().needs_pre_activation() ? activate_kernel<Value, true>
                                                                   : activate_kernel<Value, false>;
  launch(kernel, elementwise_grid(features, ld), elementwise_block(), 0, stream.get(), features,
         biases, activation, state, ld, ForwardTargets<Value>{values, pre_activation});
}

#define REGROW_INSTANTIATE(Value)                                                           \
  template void forward(const RowView&, const Activation&, const StepState*, std::uint32_t, \
                        const Value*, Value*, Value*, const Stream&);                       \
  template void activate(std::uint32_t, const float*, const Activation&, const StepState*,  \
                         std::uint32_t, Value*, Value*, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda

// A warp adds up a neuron's values, in double and in an order that depends on nothing.
#include <variant>

#include "evolve/per_element.h"
#include "evolve/strengths.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kWarpsPerBlock = kThreadsPerBlock / kWarpSize;

__device__ inline float as_float(float value) { return value; }
__device__ inline float as_float(BFloat16 value) { return float_from_bfloat16(value.bits); }

__global__ void signs_kernel(StrengthRequest request, std::uint32_t layer, std::size_t samples,
                             float* signs) {
  const std::size_t s = element_index();
  if (s < samples) signs[s] = projection_sign(request.seed, layer, request.time, s);
}

// values: [neurons][ld]; signs: [samples], or null: magnitudes are added up.
template <typename Value>
__global__ void strengths_kernel(std::uint32_t neurons, std::uint32_t ld, std::uint32_t samples,
                                 const Value* values, const float* signs, double* strengths) {
  const auto neuron = static_cast<std::uint32_t>(element_index() / kWarpSize);
  if (neuron >= neurons) return;
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  const Value* const row = values + std::size_t{neuron} * ld;
  double sum = 0;
  for (std::uint32_t s = lane; s < samples; s += kWarpSize) {
    const float value = as_float(row[s]);
    sum += signs == nullptr ? fabsf(value) : signs[s] * value;
  }
  sum = sum_over_warp(sum);
  if (lane == 0) strengths[neuron] = fabs(sum);
}

}  // namespace

void neuron_strengths(const LayerBatch& batch, const LayerShape& shape,
                      const StrengthRequest& request, double* inputs, double* outputs,
                      const Stream& stream) {
  REGROW_CHECK(draws_by_strength(request.law), "candidates of this law need no strengths");
  std::visit(
      [&]<typename Value>(const BatchOf<Value>& of) {
        const bool projects = request.law == CandidateLaw::kGraEst;
        DeviceArray<float> signs(projects ? of.samples : 0, "signs of samples", stream);
        launch_per_element(signs.size(), stream, signs_kernel, request, shape.index, signs.size(),
                           signs.data());
        const auto add_up = [&](std::uint32_t neurons, const Value* values, double* strengths) {
          launch(strengths_kernel<Value>, dim3(divide_up(neurons, kWarpsPerBlock)),
                 dim3(kThreadsPerBlock), 0, stream.get(), neurons, of.ld, of.samples, values,
                 signs.data(), strengths);
        };
        add_up(shape.inputs, of.inputs, inputs);
        add_up(shape.outputs, of.gradients, outputs);
      },
      batch);
}

}  // namespace regrow::cuda

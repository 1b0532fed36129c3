// LeakyReLU with inverted dropout on four neighbouring samples, and its derivative.
#pragma once

#include <cfloat>
#include <cstdint>

#include "common/kernel.h"
#include "regrow/philox.h"
#include "step/layer_views.h"
#include "step/vector.h"

namespace regrow::cuda {

/// What dropout's random numbers call time. `state` may be null where nothing is dropped.
__device__ inline std::uint32_t dropout_time(const Activation& activation, const StepState* state) {
  return activation.drops ? static_cast<std::uint32_t>(state->first_step + state->index) : 0;
}

/// act(values) of `feature` and the samples column … column + 3.
__device__ inline Quad activated(const Activation& activation, std::uint32_t time,
                                 std::uint32_t feature, std::uint32_t column, const Quad& values) {
  Quad result;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float value = values.at[i];
    result.at[i] = value > 0 ? value : activation.slope * value;
  }
  if (!activation.drops) return result;
  const PhiloxBlock words = random_block(activation.seed, Purpose::kDropout, activation.layer, time,
                                         dropout_block_index(feature, column));
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    // Only a dropped activation may be stored as −0. One that is no normal number could become it,
    // by a product's sign, by the flushing of denormals or by rounding to a BFloat16.
    const float scaled = result.at[i] * activation.scale;
    const float kept = fabsf(scaled) < FLT_MIN ? 0.0F : scaled;
    result.at[i] = (words[i] >> 8) < activation.threshold ? -0.0F : kept;
  }
  return result;
}

/// gradient ⊙ act'(what became `activated`).
__device__ inline Quad times_derivative(const Activation& activation, const Quad& activated,
                                        const Quad& gradient) {
  const float steep = activation.drops ? activation.scale : 1.0F;
  const float flat = steep * activation.slope;
  Quad result;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float product = gradient.at[i] * (activated.at[i] > 0 ? steep : flat);
    const bool dropped = activation.drops && __float_as_uint(activated.at[i]) == 0x80000000U;
    result.at[i] = dropped ? 0.0F : product;
  }
  return result;
}

/// Elementwise kernels: a warp takes a tile's quads of one row, a block of kRowsPerBlock rows.
constexpr std::uint32_t kRowsPerBlock = 8;
inline dim3 elementwise_grid(std::uint32_t rows, std::uint32_t ld) {
  return {divide_up(rows, kRowsPerBlock), column_tiles(ld)};
}
inline dim3 elementwise_block() { return {kWarpSize, kRowsPerBlock}; }

}  // namespace regrow::cuda

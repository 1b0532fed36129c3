// Activations with inverted dropout on four neighbouring samples, and their derivatives: the
// formulas of regrow/step/activation.h in float.
#pragma once

#include <cfloat>
#include <cstdint>

#include "common/kernel.h"
#include "regrow/philox.h"
#include "regrow/step/dropout.h"
#include "step/layer_views.h"
#include "step/vector.h"

namespace regrow::cuda {

/// What dropout's random numbers call time. `state` may be null where nothing is dropped.
__device__ inline std::uint32_t dropout_time(const Activation& activation, const StepState* state) {
  return activation.drops ? static_cast<std::uint32_t>(state->first_step + state->index) : 0;
}

/// What the SReLU of neuron `feature` has learned.
__device__ inline step::SRelu<float> learned_of(const Activation& activation,
                                                std::uint32_t feature) {
  return {activation.learned.t_left[feature], activation.learned.a_left[feature],
          activation.learned.t_right[feature], activation.learned.a_right[feature]};
}

/// The activation without dropout, of whatever form.
__device__ inline Quad of_any_form(const Activation& activation, std::uint32_t feature,
                                   const Quad& values) {
  Quad result;
  if (activation.form == step::ActivationForm::kSRelu) {
    const step::SRelu<float> learned = learned_of(activation, feature);
#pragma unroll
    for (int i = 0; i < 4; ++i) result.at[i] = step::srelu(learned, values.at[i]);
  } else if (activation.form == step::ActivationForm::kGelu) {
#pragma unroll
    for (int i = 0; i < 4; ++i) result.at[i] = step::gelu(values.at[i]);
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) result.at[i] = step::sloped(activation.slope, values.at[i]);
  }
  return result;
}

/// act(values) of `feature` and the samples column … column + 3. kAnyForm: false where the
/// activation is known not to need its pre-activations.
template <bool kAnyForm>
__device__ inline Quad activated(const Activation& activation, std::uint32_t time,
                                 std::uint32_t feature, std::uint32_t column, const Quad& values) {
  Quad result;
  if constexpr (kAnyForm) {
    result = of_any_form(activation, feature, values);
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float value = values.at[i];
      result.at[i] = value > 0 ? value : activation.slope * value;
    }
  }
  if (!activation.drops) return result;
  const PhiloxBlock words = random_block(activation.seed, Purpose::kDropout, activation.layer, time,
                                         step::dropout_block_index(feature, column));
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    // Only a dropped activation may be stored as −0. One that is no normal number could become it,
    // by a product's sign, by the flushing of denormals or by rounding to a BFloat16.
    const float scaled = result.at[i] * activation.scale;
    const float kept = fabsf(scaled) < FLT_MIN ? 0.0F : scaled;
    result.at[i] = step::is_dropped(words[i], activation.threshold) ? -0.0F : kept;
  }
  return result;
}

/// gradient ⊙ act'(what became `activated`), where the sign of that tells the derivative.
__device__ inline Quad times_derivative(const Activation& activation, const Quad& activated,
                                        const Quad& gradient) {
  const float steep = activation.drops ? activation.scale : 1.0F;
  const float flat = steep * activation.slope;
  Quad result;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float product = gradient.at[i] * (activated.at[i] > 0 ? steep : flat);
    const bool dropped = activation.drops && __float_as_uint(activated.at[i]) == step::kDroppedBits;
    result.at[i] = dropped ? 0.0F : product;
  }
  return result;
}

/// The same of any form, by the pre-activations. Of an SReLU's output the gradient without the
/// SReLU's own derivative: srelu_backward() multiplies by that, when it has summed the gradients of
/// what the SReLU learns.
__device__ inline Quad times_derivative(const Activation& activation, const Quad& pre_activation,
                                        const Quad& activated, const Quad& gradient) {
  const float scale = activation.drops ? activation.scale : 1.0F;
  Quad result;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float z = pre_activation.at[i];
    float derivative = 1;
    if (activation.form == step::ActivationForm::kGelu) {
      derivative = step::gelu_derivative(z);
    } else if (activation.form == step::ActivationForm::kSloped) {
      derivative = step::sloped_derivative(activation.slope, z);
    }
    const bool dropped = activation.drops && __float_as_uint(activated.at[i]) == step::kDroppedBits;
    result.at[i] = dropped ? 0.0F : gradient.at[i] * (scale * derivative);
  }
  return result;
}

/// The epilogue of a backward pass at one quad: `sum` times the derivative of what gave a layer's
/// input. `at`: of the quad, in both matrices. pre_activation: null but where kAnyForm.
template <bool kAnyForm, typename Value>
__device__ inline Quad input_gradient_of(const Activation& of_input, const Value* input,
                                         const Value* pre_activation, std::size_t at,
                                         const Quad& sum) {
  if constexpr (kAnyForm) {
    return times_derivative(of_input, load_quad(pre_activation + at), load_quad(input + at), sum);
  } else {
    return times_derivative(of_input, load_quad(input + at), sum);
  }
}

/// Elementwise kernels: a warp takes a tile's quads of one row, a block of kRowsPerBlock rows.
constexpr std::uint32_t kRowsPerBlock = 8;
inline dim3 elementwise_grid(std::uint32_t rows, std::uint32_t ld) {
  return {divide_up(rows, kRowsPerBlock), column_tiles(ld)};
}
inline dim3 elementwise_block() { return {kWarpSize, kRowsPerBlock}; }

}  // namespace regrow::cuda

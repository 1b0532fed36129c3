// A step of the optimiser from gradients that were kept: the formulas of regrow/step/optimiser.h,
// element by element, after the gradients have been clipped. All that changes from step to step is
// read from StepState, so that it can be captured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/runtime.h"
#include "step/layer_views.h"
#include "step/weight_gradient.h"

namespace regrow::cuda {

/// One trainable array and its gradient, as clipping and the optimiser see them.
struct ParameterGradient {
  ParameterView parameter;
  const float* gradient = nullptr;  // [count], in the parameter's order
  std::size_t count = 0;            // what there is room for
  // On the device: how many there are, at most `count`; null where all are. So a graph that was
  // captured holds while connections come and go.
  const std::uint32_t* count_now = nullptr;
  bool decays = false;  // of weights
};

/// Numbers of the scratch array that clip_gradients() needs for so many arrays, 0 before its first
/// use.
std::size_t clip_scratch(std::size_t parameters);

/// state->gradient_factor = step::clip_factor() of the norm of all gradients together: squares in
/// double, added in an order that depends on nothing but how many there are of each array.
void clip_gradients(std::span<const ParameterGradient> parameters, double clip_norm,
                    double* scratch, StepState* state, const Stream& stream);

/// One step of the optimiser with gradient·state->gradient_factor.
void apply_gradients(std::span<const ParameterGradient> parameters,
                     const OptimiserSettings& optimiser, const StepState* state,
                     const Stream& stream);

/// The step's end, where no other kernel records it.
void record(const StepRecord& record, const Stream& stream);

/// sgd's step of weights from a gradient that a library computed, as fused_update() makes it.
/// gradient: [count], of the weights in their order. `mask`: [count], or null; where 0 the weight
/// and its momentum stay as they are.
void update_from_gradient(std::size_t count, const float* gradient, const std::uint8_t* mask,
                          const Sgd& sgd, const StepState* state, const ParameterView& weights,
                          const Stream& stream);

}  // namespace regrow::cuda

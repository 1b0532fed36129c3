// The forward pass of a sparse layer: SpMM with bias, activation and dropout.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// output[o][s] = act(z), z = bias[o] + Σ_k weights[k]·input[columns[k]][s], k over row o.
/// pre_activation[o][s] = z where the activation needs it, unless null (in evaluation).
/// input: [inputs][ld]; output, pre_activation: [outputs][ld]. ld: a multiple of 8. `state` may be
/// null where activation.drops is false.
template <typename Value>
void forward(const RowView& layer, const Activation& activation, const StepState* state,
             std::uint32_t ld, const Value* input, Value* output, Value* pre_activation,
             const Stream& stream);

/// The same epilogue on sums made elsewhere (a library's product), in place:
/// values[o][s] = act(values[o][s] + biases[o]).   values, pre_activation: [features][ld]
template <typename Value>
void activate(std::uint32_t features, const float* biases, const Activation& activation,
              const StepState* state, std::uint32_t ld, Value* values, Value* pre_activation,
              const Stream& stream);

}  // namespace regrow::cuda

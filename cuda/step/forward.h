// The forward pass of a sparse layer: SpMM with bias, LeakyReLU and dropout.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// output[o][s] = act(bias[o] + Σ_k weights[k]·input[columns[k]][s]), k over row o.
/// input: [inputs][ld], output: [outputs][ld]. ld: a multiple of 8. `state` may be null where
/// activation.drops is false.
template <typename Value>
void forward(const RowView& layer, const Activation& activation, const StepState* state,
             std::uint32_t ld, const Value* input, Value* output, const Stream& stream);

/// The same epilogue on pre-activations made elsewhere (a library's product), in place:
/// values[o][s] = act(values[o][s] + biases[o]).   values: [features][ld]
template <typename Value>
void activate(std::uint32_t features, const float* biases, const Activation& activation,
              const StepState* state, std::uint32_t ld, Value* values, const Stream& stream);

}  // namespace regrow::cuda

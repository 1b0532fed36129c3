// The backward pass of a sparse layer: the gradient of its input, through the transposed view; and
// that of what an activation learns.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// input_gradient[i][s] = act'(input[i][s])·Σ_k weights[positions[k]]·gradient[rows[k]][s], k over
/// column i. Of an SReLU act' is dropout's factor alone, and srelu_backward() must follow.
/// gradient: [outputs][ld]; input, input_gradient: [inputs][ld]. pre_activation: what `input` was
/// activated from, [inputs][ld]; null where of_input does not need it.
template <typename Value>
void backward_input(const ColumnView& layer, const Activation& of_input, std::uint32_t ld,
                    const Value* gradient, const Value* input, const Value* pre_activation,
                    Value* input_gradient, const Stream& stream);

/// The same epilogue alone: gradient[f][s] *= act'(activated[f][s]).   all: [features][ld]
template <typename Value>
void multiply_by_derivative(std::uint32_t features, const Activation& activation, std::uint32_t ld,
                            const Value* activated, const Value* pre_activation, Value* gradient,
                            const Stream& stream);

/// Where the gradients of what SReLUs learn go: [features] each.
using SReluGradients = step::SRelu<float*>;

/// Of SReLUs, from the gradient g of their outputs and the pre-activations z: sums[f] = Σ_s
/// g[f][s]·∂srelu(z[f][s]), then g[f][s] *= srelu'(z[f][s]), in place.   both: [features][ld]
template <typename Value>
void srelu_backward(std::uint32_t features, const Activation& activation, std::uint32_t ld,
                    const Value* pre_activation, Value* gradient, const SReluGradients& sums,
                    const Stream& stream);

}  // namespace regrow::cuda

// The backward pass of a sparse layer: the gradient of its input, through the transposed view.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// input_gradient[i][s] = act'(input[i][s])·Σ_k weights[positions[k]]·gradient[rows[k]][s], k over
/// column i.   gradient: [outputs][ld]; input, input_gradient: [inputs][ld].
template <typename Value>
void backward_input(const ColumnView& layer, const Activation& of_input, std::uint32_t ld,
                    const Value* gradient, const Value* input, Value* input_gradient,
                    const Stream& stream);

/// The same epilogue alone: gradient[f][s] *= act'(activated[f][s]).   both: [features][ld]
template <typename Value>
void multiply_by_derivative(std::uint32_t features, const Activation& activation, std::uint32_t ld,
                            const Value* activated, Value* gradient, const Stream& stream);

}  // namespace regrow::cuda

// The backward pass: the gradient of a layer's weights, biases and inputs from that of its outputs.
#pragma once

#include <cstddef>
#include <span>

#include "reference/reference_layer.h"

namespace regrow::reference {

/// dw[o][i] = M[o][i]·Σ_s dz[o][s]·x[i][s].  x: [in][batch], dz: [out][batch], dw: [out][in].
void weight_gradient(const ReferenceLayer& layer, std::span<const double> x,
                     std::span<const double> dz, std::size_t batch, std::span<double> dw);

/// db[o] = Σ_s dz[o][s].  dz: [out][batch], db: [out].
void bias_gradient(std::span<const double> dz, std::size_t batch, std::span<double> db);

/// dx[i][s] = Σ_o M[o][i]·W[o][i]·dz[o][s].  dz: [out][batch], dx: [in][batch].
void input_gradient(const ReferenceLayer& layer, std::span<const double> dz, std::size_t batch,
                    std::span<double> dx);

/// da ← da·LeakyReLU'(z), in place; the derivative at 0 is the slope.  z, da: [features][batch].
void leaky_relu_gradient(double slope, std::span<const double> z, std::span<double> da);

}  // namespace regrow::reference

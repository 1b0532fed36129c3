// The gradients of a layer's weights and biases from that of its outputs.
#pragma once

#include <cstddef>
#include <span>

#include "reference/topology.h"

namespace regrow::reference {

/// dw[o][i] = M[o][i]·Σ_s dz[o][s]·x[i][s].  x: [in][batch], dz: [out][batch], dw: [out][in].
void weight_gradient(const ReferenceLayer& layer, std::span<const double> x,
                     std::span<const double> dz, std::size_t batch, std::span<double> dw);

/// db[o] = Σ_s dz[o][s].  dz: [out][batch], db: [out].
void bias_gradient(std::span<const double> dz, std::size_t batch, std::span<double> db);

}  // namespace regrow::reference

// The backward pass: the gradient of a layer's inputs from that of its outputs.
#pragma once

#include <cstddef>
#include <span>

#include "reference/topology.h"

namespace regrow::reference {

/// dx[i][s] = Σ_o M[o][i]·W[o][i]·dz[o][s].  dz: [out][batch], dx: [in][batch].
void input_gradient(const ReferenceLayer& layer, std::span<const double> dz, std::size_t batch,
                    std::span<double> dx);

}  // namespace regrow::reference

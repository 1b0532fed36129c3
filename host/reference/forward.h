// The forward pass: z = W·x + b, and inverted dropout of what is activated. Activations are
// [feature][batch].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reference/topology.h"

namespace regrow::reference {

/// z[o][s] = b[o] + Σ_i M[o][i]·W[o][i]·x[i][s].  x: [in][batch], z: [out][batch].
void affine(const ReferenceLayer& layer, std::span<const double> x, std::size_t batch,
            std::span<double> z);

/// What dropout multiplies each activation by: 0 where it is dropped, else 1/(1−p).
/// Returns [features][batch]; `time`, which is the step, and layer key the decision, see
/// regrow/step/dropout.h.
std::vector<double> dropout_factors(double probability, std::uint64_t seed, std::uint32_t layer,
                                    std::uint32_t time, std::uint32_t features,
                                    std::uint32_t batch);

/// a ← a ⊙ factors; the backward pass does the same to the gradient.
void multiply(std::span<const double> factors, std::span<double> a);

}  // namespace regrow::reference

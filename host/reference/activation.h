// Activations of hidden layers and their derivatives. Values are [neuron][batch].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reference/topology.h"

namespace regrow::reference {

/// Where a layer's activation is what it is because of more than its neuron and its kind.
struct ActivationPlace {
  std::uint32_t hidden_layer = 0;  // counts from 0
  double leaky_slope = 0;          // BackendOptions::leaky_slope
};

/// leaky_relu  z where z > 0, else slope·z
/// relu        z where z > 0, else 0
/// all_relu    z where z > 0, else −slope·z in hidden layers 0, 2, … and slope·z in 1, 3, …
/// srelu       T + a_right·(z − T) where z ≥ T, T = t_left + |t_right|;
///             t_left + a_left·(z − t_left) where z ≤ t_left; z between
/// gelu        z·Φ(z), Φ(z) = (1 + erf(z/√2))/2
/// Of `layer` the kind and the learned values are read. z, a: [out][batch]; may be the same array.
void activate(const ReferenceLayer& layer, const ActivationPlace& place, std::span<const double> z,
              std::span<double> a);

/// da ← da·f'(z), in place. At the kink of a slope the derivative is the slope, at those of srelu
/// the outer slope.  z, da: [out][batch].
void activation_gradient(const ReferenceLayer& layer, const ActivationPlace& place,
                         std::span<const double> z, std::span<double> da);

/// Σ_s da·∂f(z)/∂p of each learned value p: [parameter_names()][out], nothing where there is none.
/// The derivative of |t_right| at 0 is 0.  z, da: [out][batch].
std::vector<std::vector<double>> activation_parameter_gradients(const ReferenceLayer& layer,
                                                                std::span<const double> z,
                                                                std::span<const double> da);

}  // namespace regrow::reference

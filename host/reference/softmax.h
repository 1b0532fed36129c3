// Softmax cross-entropy in nats, and its gradient.
#pragma once

#include <cstdint>
#include <span>

#include "regrow/backend.h"

namespace regrow::reference {

/// Sums over the batch of −ln softmax(z)[label] and of the samples whose largest logit is the
/// label's (of equal ones the lowest index counts).  z: [classes][batch], labels: [batch].
LossSums softmax_cross_entropy(std::span<const double> z, std::span<const std::uint16_t> labels);

/// The gradient of the mean loss: dz[c][s] = (softmax(z)[c][s] − [c = label s]) / batch.
void softmax_cross_entropy_gradient(std::span<const double> z,
                                    std::span<const std::uint16_t> labels, std::span<double> dz);

}  // namespace regrow::reference

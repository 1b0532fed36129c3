// SGD with momentum.
#pragma once

#include <span>

#include "reference/reference_layer.h"

namespace regrow::reference {

struct UpdateRates {
  double learning_rate = 0;
  double momentum = 0;
  double weight_decay = 0;
};

/// g ← g + weight_decay·w (weights only), v ← μ·v − lr·g, w ← w + v, on connections and biases.
/// dw: [out][in], db: [out].
void update(const UpdateRates& rates, std::span<const double> dw, std::span<const double> db,
            ReferenceLayer& layer);

}  // namespace regrow::reference

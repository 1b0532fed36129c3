// One step of SGD with momentum on one layer.
#include "reference/update.h"

#include <cstddef>

namespace regrow::reference {

void update(const UpdateRates& rates, std::span<const double> dw, std::span<const double> db,
            ReferenceLayer& layer) {
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!layer.mask[cell]) continue;
    const double g = dw[cell] + rates.weight_decay * layer.weights[cell];
    layer.momentum[cell] = rates.momentum * layer.momentum[cell] - rates.learning_rate * g;
    layer.weights[cell] += layer.momentum[cell];
  }
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    layer.bias_momentum[o] = rates.momentum * layer.bias_momentum[o] - rates.learning_rate * db[o];
    layer.biases[o] += layer.bias_momentum[o];
  }
}

}  // namespace regrow::reference

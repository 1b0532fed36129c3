#include "reference/backward.h"

namespace regrow::reference {

void input_gradient(const ReferenceLayer& layer, std::span<const double> dz, std::size_t batch,
                    std::span<double> dx) {
  for (double& value : dx) value = 0;
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const std::size_t cell = o * layer.inputs + i;
      if (!layer.mask[cell]) continue;
      for (std::size_t s = 0; s < batch; ++s) {
        dx[i * batch + s] += layer.weights.values[cell] * dz[o * batch + s];
      }
    }
  }
}

}  // namespace regrow::reference

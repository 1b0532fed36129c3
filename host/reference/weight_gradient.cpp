#include "reference/weight_gradient.h"

namespace regrow::reference {

void weight_gradient(const ReferenceLayer& layer, std::span<const double> x,
                     std::span<const double> dz, std::size_t batch, std::span<double> dw) {
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const std::size_t cell = o * layer.inputs + i;
      dw[cell] = 0;
      if (!layer.mask[cell]) continue;
      for (std::size_t s = 0; s < batch; ++s) dw[cell] += dz[o * batch + s] * x[i * batch + s];
    }
  }
}

void bias_gradient(std::span<const double> dz, std::size_t batch, std::span<double> db) {
  for (std::size_t o = 0; o < db.size(); ++o) {
    db[o] = 0;
    for (std::size_t s = 0; s < batch; ++s) db[o] += dz[o * batch + s];
  }
}

}  // namespace regrow::reference

// The forward pass, one loop per formula.
#include "reference/forward.h"

#include "regrow/philox.h"
#include "regrow/step/dropout.h"

namespace regrow::reference {

void affine(const ReferenceLayer& layer, std::span<const double> x, std::size_t batch,
            std::span<double> z) {
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    for (std::size_t s = 0; s < batch; ++s) z[o * batch + s] = layer.biases.values[o];
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const std::size_t cell = o * layer.inputs + i;
      if (!layer.mask[cell]) continue;
      for (std::size_t s = 0; s < batch; ++s) {
        z[o * batch + s] += layer.weights.values[cell] * x[i * batch + s];
      }
    }
  }
}

std::vector<double> dropout_factors(double probability, std::uint64_t seed, std::uint32_t layer,
                                    std::uint32_t time, std::uint32_t features,
                                    std::uint32_t batch) {
  const std::uint32_t threshold = step::dropout_threshold(probability);
  std::vector<double> factors;
  factors.reserve(std::size_t{features} * batch);
  for (std::uint32_t f = 0; f < features; ++f) {
    for (std::uint32_t s = 0; s < batch; ++s) {
      const PhiloxBlock block =
          random_block(seed, Purpose::kDropout, layer, time, step::dropout_block_index(f, s));
      const bool dropped = (block[s % 4] >> 8) < threshold;
      factors.push_back(dropped ? 0 : 1 / (1 - probability));
    }
  }
  return factors;
}

void multiply(std::span<const double> factors, std::span<double> a) {
  for (std::size_t k = 0; k < a.size(); ++k) a[k] *= factors[k];
}

}  // namespace regrow::reference

// The forward pass, one loop per formula.
#include "reference/forward.h"

#include "regrow/philox.h"

namespace regrow::reference {

void affine(const ReferenceLayer& layer, std::span<const double> x, std::size_t batch,
            std::span<double> z) {
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    for (std::size_t s = 0; s < batch; ++s) z[o * batch + s] = layer.biases[o];
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const std::size_t cell = o * layer.inputs + i;
      if (!layer.mask[cell]) continue;
      for (std::size_t s = 0; s < batch; ++s) {
        z[o * batch + s] += layer.weights[cell] * x[i * batch + s];
      }
    }
  }
}

void leaky_relu(double slope, std::span<const double> z, std::span<double> a) {
  for (std::size_t k = 0; k < z.size(); ++k) a[k] = z[k] > 0 ? z[k] : slope * z[k];
}

std::vector<double> dropout_factors(double probability, std::uint64_t seed, std::uint32_t layer,
                                    std::uint32_t step, std::uint32_t features,
                                    std::uint32_t batch) {
  const std::uint32_t threshold = dropout_threshold(probability);
  std::vector<double> factors;
  factors.reserve(std::size_t{features} * batch);
  for (std::uint32_t f = 0; f < features; ++f) {
    for (std::uint32_t s = 0; s < batch; ++s) {
      const PhiloxBlock block =
          random_block(seed, Purpose::kDropout, layer, step, dropout_block_index(f, s));
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

// The initial number of connections of a sparse layer.
#include "network/erdos_renyi.h"

#include <cmath>

#include "random/binomial.h"
#include "regrow/philox.h"

namespace regrow {

double erdos_renyi_probability(double epsilon, std::uint32_t inputs, std::uint32_t outputs) {
  const auto in = static_cast<double>(inputs);
  const auto out = static_cast<double>(outputs);
  return epsilon * (in + out) / (in * out);
}

std::uint64_t erdos_renyi_count(SparseInit init, double epsilon, std::uint64_t seed,
                                std::uint32_t layer, std::uint32_t inputs, std::uint32_t outputs) {
  const std::uint64_t cells = std::uint64_t{inputs} * outputs;
  const double probability = erdos_renyi_probability(epsilon, inputs, outputs);
  if (probability >= 1) return cells;
  if (init == SparseInit::kExact) {
    const double mean = epsilon * (static_cast<double>(inputs) + static_cast<double>(outputs));
    return static_cast<std::uint64_t>(std::llround(mean));
  }
  const PhiloxBlock block = random_block(seed, Purpose::kTopologyCount, layer, 0, 0);
  return binomial_quantile(cells, probability, wide_uniform_from_block(block));
}

}  // namespace regrow

// Loss, hits and gradient of one batch of logits.
#include "reference/softmax.h"

#include <cmath>
#include <cstddef>

namespace regrow::reference {

namespace {

std::size_t largest_class(std::span<const double> z, std::size_t classes, std::size_t batch,
                          std::size_t s) {
  std::size_t largest = 0;
  for (std::size_t c = 1; c < classes; ++c) {
    if (z[c * batch + s] > z[largest * batch + s]) largest = c;
  }
  return largest;
}

// ln Σ exp z, with the largest logit taken out so that nothing overflows.
double log_sum_exp(std::span<const double> z, std::size_t classes, std::size_t batch,
                   std::size_t s) {
  const double largest = z[largest_class(z, classes, batch, s) * batch + s];
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += std::exp(z[c * batch + s] - largest);
  return largest + std::log(sum);
}

}  // namespace

LossSums softmax_cross_entropy(std::span<const double> z, std::span<const std::uint16_t> labels) {
  const std::size_t batch = labels.size();
  const std::size_t classes = z.size() / batch;
  LossSums sums;
  for (std::size_t s = 0; s < batch; ++s) {
    sums.loss += log_sum_exp(z, classes, batch, s) - z[labels[s] * batch + s];
    sums.hits += largest_class(z, classes, batch, s) == labels[s] ? 1 : 0;
    sums.samples += 1;
  }
  return sums;
}

void softmax_cross_entropy_gradient(std::span<const double> z,
                                    std::span<const std::uint16_t> labels, std::span<double> dz) {
  const std::size_t batch = labels.size();
  const std::size_t classes = z.size() / batch;
  for (std::size_t s = 0; s < batch; ++s) {
    const double log_sum = log_sum_exp(z, classes, batch, s);
    for (std::size_t c = 0; c < classes; ++c) {
      const double probability = std::exp(z[c * batch + s] - log_sum);
      const double target = c == labels[s] ? 1 : 0;
      dz[c * batch + s] = (probability - target) / static_cast<double>(batch);
    }
  }
}

}  // namespace regrow::reference

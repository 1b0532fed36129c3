// Losses, hits and gradients of one batch of outputs.
#include "reference/output.h"

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

double target(const CrossEntropy& settings, bool is_label, std::size_t classes) {
  const double share = settings.label_smoothing / static_cast<double>(classes);
  return (1 - settings.label_smoothing) * (is_label ? 1 : 0) + share;
}

double weight_of(const CrossEntropy& settings, std::uint16_t label) {
  return settings.class_weights.empty() ? 1 : double{settings.class_weights[label]};
}

}  // namespace

LossSums cross_entropy(std::span<const double> z, std::span<const std::uint16_t> labels,
                       const CrossEntropy& settings) {
  const std::size_t batch = labels.size();
  const std::size_t classes = z.size() / batch;
  LossSums sums{0, count_hits(z, labels), batch};
  for (std::size_t s = 0; s < batch; ++s) {
    const double log_sum = log_sum_exp(z, classes, batch, s);
    double loss = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double t = target(settings, c == labels[s], classes);
      if (t != 0) loss += t * (log_sum - z[c * batch + s]);
    }
    sums.loss += weight_of(settings, labels[s]) * loss;
  }
  return sums;
}

void cross_entropy_gradient(std::span<const double> z, std::span<const std::uint16_t> labels,
                            std::span<double> dz, const CrossEntropy& settings) {
  const std::size_t batch = labels.size();
  const std::size_t classes = z.size() / batch;
  for (std::size_t s = 0; s < batch; ++s) {
    const double log_sum = log_sum_exp(z, classes, batch, s);
    for (std::size_t c = 0; c < classes; ++c) {
      const double probability = std::exp(z[c * batch + s] - log_sum);
      const double difference = probability - target(settings, c == labels[s], classes);
      dz[c * batch + s] = weight_of(settings, labels[s]) * difference / static_cast<double>(batch);
    }
  }
}

std::vector<double> one_hot(std::span<const std::uint16_t> labels, std::size_t outputs) {
  std::vector<double> targets(outputs * labels.size(), 0);
  for (std::size_t s = 0; s < labels.size(); ++s) targets[labels[s] * labels.size() + s] = 1;
  return targets;
}

LossSums squared_error(std::span<const double> z, std::span<const double> targets,
                       std::size_t batch) {
  const std::size_t rows = z.size() / batch;
  const auto outputs = static_cast<double>(rows);
  LossSums sums{0, 0, batch};
  for (std::size_t k = 0; k < z.size(); ++k) {
    sums.loss += (z[k] - targets[k]) * (z[k] - targets[k]) / outputs;
  }
  return sums;
}

void squared_error_gradient(std::span<const double> z, std::span<const double> targets,
                            std::size_t batch, std::span<double> dz) {
  const std::size_t rows = z.size() / batch;
  const auto outputs = static_cast<double>(rows);
  for (std::size_t k = 0; k < z.size(); ++k) {
    dz[k] = 2 * (z[k] - targets[k]) / outputs / static_cast<double>(batch);
  }
}

std::uint64_t count_hits(std::span<const double> z, std::span<const std::uint16_t> labels) {
  const std::size_t batch = labels.size();
  std::uint64_t hits = 0;
  for (std::size_t s = 0; s < batch; ++s) {
    hits += largest_class(z, z.size() / batch, batch, s) == labels[s] ? 1 : 0;
  }
  return hits;
}

}  // namespace regrow::reference

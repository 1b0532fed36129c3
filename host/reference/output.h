// What training minimises, and its gradient: softmax cross-entropy in nats, and the mean squared
// error. z and dz are [outputs][batch].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regrow/backend.h"

namespace regrow::reference {

/// What a sample's label is turned into, and what the sample counts.
struct CrossEntropy {
  double label_smoothing = 0;
  std::vector<float> class_weights;  // [classes]; empty: all are 1
};

/// Sums over the batch of w_y·Σ_c −t_c·ln softmax(z)_c, with t_c = (1 − ε)·[c = y] + ε/K of label
/// y, smoothing ε and K classes, and of the samples whose largest logit is the label's (of equal
/// ones the lowest index counts).  labels: [batch].
LossSums cross_entropy(std::span<const double> z, std::span<const std::uint16_t> labels,
                       const CrossEntropy& settings = {});

/// The gradient of the mean loss: dz[c][s] = w_y·(softmax(z)[c][s] − t_c) / batch.
void cross_entropy_gradient(std::span<const double> z, std::span<const std::uint16_t> labels,
                            std::span<double> dz, const CrossEntropy& settings = {});

/// 1 in row label, else 0: [outputs][batch].
std::vector<double> one_hot(std::span<const std::uint16_t> labels, std::size_t outputs);

/// The sum over the batch of Σ_c (z_c − t_c)²/K, and no hits.  targets: as z.
LossSums squared_error(std::span<const double> z, std::span<const double> targets,
                       std::size_t batch);

/// The gradient of the mean loss: 2(z − t)/K / batch.
void squared_error_gradient(std::span<const double> z, std::span<const double> targets,
                            std::size_t batch, std::span<double> dz);

/// The samples of the batch whose largest output (of equal ones the lowest index) is their label's.
std::uint64_t count_hits(std::span<const double> z, std::span<const std::uint16_t> labels);

}  // namespace regrow::reference

// Training steps in plain doubles, every formula written out once more: what the CPU back end's
// kernels are compared with. Of the program it takes the order of samples, which bits dropout
// drops, and a network's data.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "regrow/backend.h"
#include "regrow/philox.h"
#include "regrow/step/dropout.h"

namespace regrow::tests {

/// [sample][feature], or one gradient for each value of a parameter.
using Numbers = std::vector<double>;

struct PlainStep {
  std::uint64_t step = 0;
  std::uint64_t t = 1;  // the steps since the slots were 0, this one included
  double rate = 0.01;
};

/// Trains a network in place.
class PlainTrainer {
 public:
  PlainTrainer(const Dataset& dataset, const BackendOptions& options, Numbers class_weights = {})
      : data_(dataset), options_(options), class_weights_(std::move(class_weights)) {}

  /// On the samples `ids` of the training images. Returns the mean loss.
  double train(NetworkState& network, const std::vector<std::uint32_t>& ids, const PlainStep& at) {
    const std::size_t batch = ids.size(), hidden = network.layers.size() - 1;
    std::vector<Numbers> x = {inputs(ids)}, z, kept;  // of each layer; kept: dropout's factors
    for (std::size_t l = 0; l <= hidden; ++l) {
      z.push_back(affine(network.layers[l], x[l], batch));
      if (l == hidden) break;
      kept.push_back(dropout(network.layers[l].outputs, batch, static_cast<std::uint32_t>(l), at));
      x.push_back(z[l]);
      for (std::size_t i = 0; i < x.back().size(); ++i) {
        x.back()[i] = kept[l][i] * value(network.layers[l], l, i, z[l][i]);
      }
    }
    Numbers dz(z[hidden].size());
    double loss = 0;
    const std::size_t outputs = network.layers[hidden].outputs;
    for (std::size_t b = 0; b < batch; ++b) {
      loss += sample_loss(&z[hidden][b * outputs], outputs, ids[b], &dz[b * outputs]);
    }
    for (double& each : dz) each /= static_cast<double>(batch);

    std::vector<std::vector<Numbers>> gradients(hidden + 1);  // as parameters_of() has them
    for (std::size_t l = hidden + 1; l-- > 0;) {
      LayerState& layer = network.layers[l];
      std::vector<Numbers>& of = gradients[l];
      of.assign(2, Numbers(layer.outputs));
      of[0].assign(layer.weights.size(), 0);
      Numbers dx(x[l].size());
      for (std::size_t k = 0; k < layer.weights.size(); ++k) {
        const auto [out, in] = cell(layer, k);
        for (std::size_t b = 0; b < batch; ++b) {
          of[0][k] += dz[b * layer.outputs + out] * x[l][b * layer.inputs + in];
          dx[b * layer.inputs + in] += dz[b * layer.outputs + out] * layer.weights.values[k];
        }
      }
      for (std::size_t i = 0; i < dz.size(); ++i) of[1][i % layer.outputs] += dz[i];
      if (l == 0) break;
      const LayerState& before = network.layers[l - 1];
      gradients[l - 1].clear();
      learned_.assign(before.activation_parameters.size(), Numbers(before.outputs));
      for (std::size_t i = 0; i < dx.size(); ++i) {
        dx[i] *= kept[l - 1][i];
        dx[i] *= derivative(before, l - 1, i, z[l - 1][i], dx[i]);
      }
      pending_.push_back(learned_);
      dz = dx;
    }
    // pending_: of the activations, from the last to the first.
    for (std::size_t l = 0; l < hidden; ++l) {
      for (Numbers& each : pending_[hidden - 1 - l]) gradients[l].push_back(each);
    }
    pending_.clear();
    update(network, gradients, at);
    return loss / static_cast<double>(batch);
  }

 private:
  static std::pair<std::size_t, std::size_t> cell(const LayerState& layer, std::size_t k) {
    const std::uint64_t at = layer.kind == LayerKind::kDense ? k : layer.cells[k];
    return {at / layer.inputs, at % layer.inputs};
  }

  Numbers inputs(const std::vector<std::uint32_t>& ids) const {
    const std::size_t features = data_.shape.features();
    Numbers x(ids.size() * features);
    for (std::size_t b = 0; b < ids.size(); ++b) {
      for (std::uint32_t channel = 0; channel < data_.shape.channels; ++channel) {
        for (std::uint32_t pixel = 0; pixel < data_.shape.pixels(); ++pixel) {
          const std::uint32_t f = feature_index(data_.shape, data_.order, channel, pixel);
          const double value = feature_value(data_.train.features, features, ids[b],
                                             std::size_t{channel} * data_.shape.pixels() + pixel);
          x[b * features + f] =
              (value - data_.standardisation.mean[f]) / data_.standardisation.deviation[f];
        }
      }
    }
    return x;
  }

  static Numbers affine(const LayerState& layer, const Numbers& x, std::size_t batch) {
    Numbers z(batch * layer.outputs);
    for (std::size_t i = 0; i < z.size(); ++i) z[i] = layer.biases.values[i % layer.outputs];
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      const auto [out, in] = cell(layer, k);
      for (std::size_t b = 0; b < batch; ++b) {
        z[b * layer.outputs + out] += layer.weights.values[k] * x[b * layer.inputs + in];
      }
    }
    return z;
  }

  Numbers dropout(std::uint32_t outputs, std::size_t batch, std::uint32_t layer,
                  const PlainStep& at) const {
    Numbers kept(batch * outputs, 1.0);
    if (options_.dropout == 0) return kept;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const auto b = static_cast<std::uint32_t>(i / outputs);
      const auto out = static_cast<std::uint32_t>(i % outputs);
      const PhiloxBlock block =
          random_block(options_.seed, Purpose::kDropout, layer, static_cast<std::uint32_t>(at.step),
                       step::dropout_block_index(out, b));
      const bool drops = step::is_dropped(block[b % 4], step::dropout_threshold(options_.dropout));
      kept[i] = drops ? 0 : 1 / (1 - options_.dropout);
    }
    return kept;
  }

  double slope(const LayerState& layer, std::size_t index) const {
    if (layer.activation == ActivationKind::kRelu) return 0;
    const bool turned = layer.activation == ActivationKind::kAllRelu && index % 2 == 0;
    return turned ? -options_.leaky_slope : options_.leaky_slope;
  }

  double value(const LayerState& layer, std::size_t index, std::size_t i, double z) const {
    if (layer.activation == ActivationKind::kGelu) return z * 0.5 * std::erfc(-z / std::sqrt(2.0));
    if (layer.activation != ActivationKind::kSRelu) return z > 0 ? z : slope(layer, index) * z;
    const auto of = [&](std::size_t p) {
      return layer.activation_parameters[p].values[i % layer.outputs];
    };
    const double left = of(0), right = of(0) + std::abs(of(2));
    if (z <= left) return left + of(1) * (z - left);
    return z >= right ? right + of(3) * (z - right) : z;
  }

  /// `by_value`: the gradient by the activation; what the neuron has learned takes its share.
  double derivative(const LayerState& layer, std::size_t index, std::size_t i, double z,
                    double by_value) {
    if (layer.activation == ActivationKind::kGelu) {
      return 0.5 * std::erfc(-z / std::sqrt(2.0)) +
             z * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
    }
    if (layer.activation != ActivationKind::kSRelu) return z > 0 ? 1 : slope(layer, index);
    const std::size_t out = i % layer.outputs;
    const auto of = [&](std::size_t p) { return layer.activation_parameters[p].values[out]; };
    const double left = of(0), right = of(0) + std::abs(of(2));
    if (z <= left) {
      learned_[0][out] += by_value * (1 - of(1));
      learned_[1][out] += by_value * (z - left);
      return of(1);
    }
    if (z < right) return 1;
    learned_[0][out] += by_value * (1 - of(3));
    learned_[2][out] += by_value * (1 - of(3)) * (of(2) > 0 ? 1 : of(2) < 0 ? -1 : 0);
    learned_[3][out] += by_value * (z - right);
    return of(3);
  }

  double sample_loss(const double* z, std::size_t outputs, std::uint32_t id, double* dz) const {
    const std::uint16_t label = data_.train.labels[id];
    const auto classes = static_cast<double>(outputs);
    double loss = 0;
    if (options_.loss.kind == LossKind::kMse) {
      for (std::size_t c = 0; c < outputs; ++c) {
        const double target = data_.has_targets() ? double{data_.train.targets[id * outputs + c]}
                                                  : (c == label ? 1 : 0);
        loss += (z[c] - target) * (z[c] - target) / classes;
        dz[c] = 2 * (z[c] - target) / classes;
      }
      return loss;
    }
    const double largest = *std::max_element(z, z + outputs);
    double sum = 0;
    for (std::size_t c = 0; c < outputs; ++c) sum += std::exp(z[c] - largest);
    const double weight = class_weights_.empty() ? 1 : class_weights_[label];
    for (std::size_t c = 0; c < outputs; ++c) {
      const double smoothing = options_.loss.label_smoothing;
      const double target = (c == label ? 1 - smoothing : 0) + smoothing / classes;
      loss -= weight * target * (z[c] - largest - std::log(sum));
      dz[c] = weight * (std::exp(z[c] - largest) / sum - target);
    }
    return loss;
  }

  void update(NetworkState& network, std::vector<std::vector<Numbers>>& gradients,
              const PlainStep& at) const {
    double squares = 0;
    for (const auto& layer : gradients) {
      for (const Numbers& each : layer) {
        for (const double g : each) squares += g * g;
      }
    }
    const double norm = std::sqrt(squares) + 1e-6;
    const double factor = options_.clip_norm > 0 ? std::min(1.0, options_.clip_norm / norm) : 1;
    for (std::size_t l = 0; l < gradients.size(); ++l) {
      const std::vector<Parameter*> parameters = parameters_of(network.layers[l]);
      for (std::size_t p = 0; p < parameters.size(); ++p) {
        for (std::size_t i = 0; i < parameters[p]->size(); ++i) {
          update_one(*parameters[p], i, factor * gradients[l][p][i], p == 0, at);
        }
      }
    }
  }

  void update_one(Parameter& parameter, std::size_t i, double g, bool decays,
                  const PlainStep& at) const {
    const OptimiserSettings& of = options_.optimiser;
    double& w = parameter.values[i];
    double& v = parameter.slots[0][i];
    const double decay = decays ? of.weight_decay : 0;
    if (of.kind == OptimiserKind::kAdamW) {
      w -= at.rate * decay * w;
    } else {
      g += decay * w;
    }
    if (of.kind == OptimiserKind::kSgd) {
      v = of.momentum * v - at.rate * g;
      w += v;
    } else if (of.kind == OptimiserKind::kNesterov) {
      v = of.momentum * v - at.rate * g;
      w += of.momentum * v - at.rate * g;
    } else {
      double& s = parameter.slots[1][i];
      v = of.beta1 * v + (1 - of.beta1) * g;
      s = of.beta2 * s + (1 - of.beta2) * g * g;
      const auto steps = static_cast<double>(at.t);
      const double mean = v / (1 - std::pow(of.beta1, steps));
      const double root = std::sqrt(s / (1 - std::pow(of.beta2, steps)));
      w -= at.rate * mean / (root + of.epsilon);
    }
  }

  const Dataset& data_;
  BackendOptions options_;
  Numbers class_weights_;
  std::vector<Numbers> learned_;               // of the activation at hand
  std::vector<std::vector<Numbers>> pending_;  // of all, from the last to the first
};

}  // namespace regrow::tests

#include "plain_step.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "regrow/philox.h"
#include "regrow/sample_order.h"

namespace regrow::tests {

namespace {

std::uint64_t cell_of(const LayerState& layer, std::size_t k) {
  return layer.kind == LayerKind::kDense ? k : layer.cells[k];
}

double side_slope(ActivationKind kind, std::size_t hidden_layer, double slope) {
  if (kind == ActivationKind::kRelu) return 0;
  if (kind == ActivationKind::kAllRelu && hidden_layer % 2 == 0) return -slope;
  return slope;
}

// Value, derivative, and the derivatives by what the activation learns.
struct Activated {
  double value = 0;
  double derivative = 0;
  std::array<double, kSReluParameters> by_learned{};
};

Activated srelu(const LayerState& layer, std::size_t neuron, double z) {
  const auto learned = [&](std::size_t p) { return layer.activation_parameters[p].values[neuron]; };
  const double left = learned(0), right = left + std::fabs(learned(2));
  const double a_left = learned(1), a_right = learned(3);
  const double sign = (learned(2) > 0 ? 1.0 : 0.0) - (learned(2) < 0 ? 1.0 : 0.0);
  if (z <= left) return {left + a_left * (z - left), a_left, {1 - a_left, z - left, 0, 0}};
  if (z < right) return {z, 1, {}};
  return {
      right + a_right * (z - right), a_right, {1 - a_right, 0, sign * (1 - a_right), z - right}};
}

Activated activated(const LayerState& layer, std::size_t hidden_layer, double slope,
                    std::size_t neuron, double z) {
  if (layer.activation == ActivationKind::kSRelu) return srelu(layer, neuron, z);
  if (layer.activation == ActivationKind::kGelu) {
    const double distribution = (1 + std::erf(z / std::numbers::sqrt2)) / 2;
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    return {z * distribution, distribution + z * density, {}};
  }
  const double side = side_slope(layer.activation, hidden_layer, slope);
  return z > 0 ? Activated{z, 1, {}} : Activated{side * z, side, {}};
}

// 1/(1 − p), or 0 where the sample at `position` of the batch loses the neuron.
double kept_by_dropout(const BackendOptions& options, std::uint32_t layer, std::uint64_t step,
                       std::uint32_t neuron, std::uint32_t position) {
  const PhiloxBlock block =
      random_block(options.seed, Purpose::kDropout, layer, static_cast<std::uint32_t>(step),
                   std::uint64_t{position / 4} << 32 | neuron);
  const double uniform = static_cast<double>(block[position % 4] >> 8) / (1 << 24);
  return uniform < options.dropout ? 0 : 1 / (1 - options.dropout);
}

std::size_t first_largest(const Row& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

Row softmax(const Row& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  Row result;
  double sum = 0;
  for (const double z : logits) sum += result.emplace_back(std::exp(z - largest));
  for (double& p : result) p /= sum;
  return result;
}

double plain_value(const Features& features, std::size_t samples_features, std::size_t sample,
                   std::size_t column) {
  const std::size_t at = sample * samples_features + column;
  if (const auto* bytes = std::get_if<ByteFeatures>(&features)) return (*bytes)[at];
  if (const auto* floats = std::get_if<FloatFeatures>(&features)) return (*floats)[at];
  const auto& rows = std::get<SparseRows>(features);
  for (std::size_t k = rows.row_begin[sample]; k < rows.row_begin[sample + 1]; ++k) {
    if (rows.columns[k] == column) return rows.values[k];
  }
  return 0;
}

void add_sample(const Dataset& dataset, const LabelledSamples& images, std::size_t sample,
                PlainBatch& batch) {
  batch.inputs.push_back(plain_inputs(dataset, images, sample));
  batch.labels.push_back(images.labels[sample]);
  const auto first =
      images.targets.begin() + static_cast<std::ptrdiff_t>(sample * dataset.classes());
  if (dataset.has_targets()) batch.targets.emplace_back(first, first + dataset.classes());
}

}  // namespace

Row plain_inputs(const Dataset& dataset, const LabelledSamples& images, std::size_t sample) {
  const std::uint32_t pixels = dataset.shape.height * dataset.shape.width;
  const std::uint32_t channels = dataset.shape.channels;
  Row inputs(std::size_t{pixels} * channels);
  for (std::uint32_t c = 0; c < channels; ++c) {
    for (std::uint32_t p = 0; p < pixels; ++p) {
      const std::size_t f = dataset.order == InputOrder::kHwc ? p * channels + c : c * pixels + p;
      const double value = plain_value(images.features, inputs.size(), sample, c * pixels + p);
      inputs[f] = (value - dataset.standardisation.mean[f]) / dataset.standardisation.deviation[f];
    }
  }
  return inputs;
}

PlainBatch plain_split(const Dataset& dataset, Split split) {
  const SplitView samples = view(dataset, split);
  PlainBatch batch;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    add_sample(dataset, *samples.samples, samples.sample(i), batch);
  }
  return batch;
}

PlainBatch plain_batch(const Dataset& dataset, const BackendOptions& options, std::uint64_t step,
                       std::uint32_t steps_per_epoch) {
  const auto epoch = static_cast<std::uint32_t>(step / steps_per_epoch);
  const auto count = static_cast<std::uint32_t>(dataset.train_ids.size());
  const std::vector<std::uint32_t> order = sample_order(options.seed, epoch, count);
  PlainBatch batch;
  for (std::size_t s = 0; s < options.batch_size; ++s) {
    const std::size_t position = step % steps_per_epoch * options.batch_size + s;
    add_sample(dataset, dataset.train, dataset.train_ids[order.at(position)], batch);
  }
  return batch;
}

PlainPass plain_forward(const NetworkState& network, const BackendOptions& options,
                        const Rows& inputs, std::optional<std::uint64_t> step) {
  PlainPass pass;
  pass.inputs.push_back(inputs);
  for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    Rows z(inputs.size(), layer.biases.values);
    for (std::size_t s = 0; s < inputs.size(); ++s) {
      for (std::size_t k = 0; k < layer.weights.size(); ++k) {
        const std::uint64_t cell = cell_of(layer, k);
        z[s][cell / layer.inputs] +=
            layer.weights.values[k] * pass.inputs[l][s][cell % layer.inputs];
      }
    }
    pass.pre_activated.push_back(z);
    if (l + 1 == network.layers.size()) break;
    Rows kept(inputs.size(), Row(layer.outputs, 1));
    for (std::uint32_t s = 0; s < inputs.size(); ++s) {
      for (std::uint32_t o = 0; o < layer.outputs; ++o) {
        if (step) kept[s][o] = kept_by_dropout(options, l, *step, o, s);
        z[s][o] = kept[s][o] * activated(layer, l, options.leaky_slope, o, z[s][o]).value;
      }
    }
    pass.kept.push_back(kept);
    pass.inputs.push_back(z);
  }
  return pass;
}

PlainLoss plain_loss(const LossSettings& settings, const Row& class_weights, const Rows& logits,
                     const PlainBatch& batch) {
  PlainLoss loss;
  const auto samples = static_cast<double>(logits.size());
  for (std::size_t s = 0; s < logits.size(); ++s) {
    const Row& z = logits[s];
    const std::uint16_t label = batch.labels[s];
    const auto outputs = static_cast<double>(z.size());
    const double weight = class_weights.empty() ? 1 : class_weights[label];
    const Row probabilities = softmax(z);
    Row& gradient = loss.gradient.emplace_back();
    for (std::size_t c = 0; c < z.size(); ++c) {
      const double is_label = c == label ? 1 : 0;
      if (settings.kind == LossKind::kMse) {
        const double target = batch.targets.empty() ? is_label : batch.targets[s][c];
        loss.sum += std::pow(z[c] - target, 2) / outputs;
        gradient.push_back(2 * (z[c] - target) / outputs / samples);
      } else {
        const double target =
            is_label - settings.label_smoothing * is_label + settings.label_smoothing / outputs;
        loss.sum -= weight * target * std::log(probabilities[c]);
        gradient.push_back(weight * (probabilities[c] - target) / samples);
      }
    }
    if (batch.targets.empty() && first_largest(z) == label) ++loss.hits;
  }
  return loss;
}

Row plain_balanced_weights(const Dataset& dataset) {
  Row counts(dataset.classes(), 0);
  for (const std::uint32_t id : dataset.train_ids) counts[dataset.train.labels[id]] += 1;
  const auto present = static_cast<double>(
      std::count_if(counts.begin(), counts.end(), [](double n) { return n > 0; }));
  Row weights;
  for (const double n : counts) {
    const double weight = static_cast<double>(dataset.train_ids.size()) / (present * n);
    weights.push_back(n > 0 ? double{static_cast<float>(weight)} : 1);
  }
  return weights;
}

PlainGradients plain_gradients(const NetworkState& network, const BackendOptions& options,
                               const PlainPass& pass, const PlainLoss& loss,
                               std::vector<Rows>* dz_of_layers) {
  PlainGradients gradients(network.layers.size());
  if (dz_of_layers != nullptr) dz_of_layers->resize(network.layers.size());
  Rows dz = loss.gradient;
  for (std::size_t l = network.layers.size(); l-- > 0;) {
    const LayerState& layer = network.layers[l];
    if (dz_of_layers != nullptr) (*dz_of_layers)[l] = dz;
    Row dw(layer.weights.size(), 0), db(layer.outputs, 0);
    Rows dx(dz.size(), Row(layer.inputs, 0));
    for (std::size_t s = 0; s < dz.size(); ++s) {
      for (std::uint32_t o = 0; o < layer.outputs; ++o) db[o] += dz[s][o];
      for (std::size_t k = 0; k < layer.weights.size(); ++k) {
        const std::uint64_t out = cell_of(layer, k) / layer.inputs;
        const std::uint64_t in = cell_of(layer, k) % layer.inputs;
        dw[k] += dz[s][out] * pass.inputs[l][s][in];
        dx[s][in] += dz[s][out] * layer.weights.values[k];
      }
    }
    gradients[l].insert(gradients[l].begin(), {dw, db});
    if (l == 0) break;
    const LayerState& below = network.layers[l - 1];
    std::vector<Row> learned(below.activation_parameters.size(), Row(below.outputs, 0));
    for (std::size_t s = 0; s < dx.size(); ++s) {
      for (std::uint32_t o = 0; o < below.outputs; ++o) {
        const Activated at =
            activated(below, l - 1, options.leaky_slope, o, pass.pre_activated[l - 1][s][o]);
        const double da = dx[s][o] * pass.kept[l - 1][s][o];
        for (std::size_t p = 0; p < learned.size(); ++p) learned[p][o] += da * at.by_learned.at(p);
        dx[s][o] = da * at.derivative;
      }
    }
    gradients[l - 1] = learned;
    dz = dx;
  }
  return gradients;
}

PlainTrainedStep plain_step(const NetworkState& network, const BackendOptions& options,
                            const Dataset& dataset, std::uint64_t step,
                            std::uint32_t steps_per_epoch) {
  const PlainBatch batch = plain_batch(dataset, options, step, steps_per_epoch);
  const LossSettings& loss = options.loss;
  const Row weights = loss.class_weights.balanced
                          ? plain_balanced_weights(dataset)
                          : Row(loss.class_weights.values.begin(), loss.class_weights.values.end());
  PlainTrainedStep result;
  result.pass = plain_forward(network, options, batch.inputs, step);
  result.loss = plain_loss(loss, weights, result.pass.pre_activated.back(), batch);
  result.gradients = plain_gradients(network, options, result.pass, result.loss, &result.dz);
  return result;
}

PlainGradients plain_gradients_of_step(const NetworkState& network, const BackendOptions& options,
                                       const Dataset& dataset, std::uint64_t step,
                                       std::uint32_t steps_per_epoch) {
  return plain_step(network, options, dataset, step, steps_per_epoch).gradients;
}

}  // namespace regrow::tests

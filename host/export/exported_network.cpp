#include "export/exported_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "config/check_training.h"
#include "config/settings.h"
#include "regrow/error.h"
#include "regrow/parts.h"

namespace regrow {
namespace {

constexpr std::uint64_t kMostBytes = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
  return a > kMostBytes - b ? kMostBytes : a + b;
}
std::uint64_t saturated_product(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kMostBytes / b ? kMostBytes : a * b;
}

float rounded(double value, std::size_t layer, const char* what, const char* remedy) {
  const auto number = static_cast<float>(value);
  if (std::isfinite(number)) return number;
  throw Error(fmt::format("layer {} would have the {} {:.3g}, which is beyond 32-bit floats; {}",
                          layer, what, value, remedy));
}

std::vector<float> rounded(const std::vector<double>& values, std::size_t layer, const char* what,
                           const char* remedy) {
  std::vector<float> numbers;
  numbers.reserve(values.size());
  for (const double value : values) numbers.push_back(rounded(value, layer, what, remedy));
  return numbers;
}

/// Of the first layer, in double.
void fold(const Standardisation& standardisation, const LayerState& layer,
          std::vector<double>& weights, std::vector<double>& biases) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint64_t cell = layer.kind == LayerKind::kSparse ? layer.cells[i] : i;
    const std::uint64_t out = cell / layer.inputs, in = cell % layer.inputs;
    weights[i] /= standardisation.deviation[in];
    biases[out] -= weights[i] * standardisation.mean[in];
  }
}

/// Of the last layer, in double: what it says is then as in the files.
void unscale(const TargetScale& scale, const LayerState& layer, std::vector<double>& weights,
             std::vector<double>& biases) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint64_t cell = layer.kind == LayerKind::kSparse ? layer.cells[i] : i;
    weights[i] *= scale.deviation[cell / layer.inputs];
  }
  for (std::size_t out = 0; out < biases.size(); ++out) {
    biases[out] = scale.unscaled(out, biases[out]);
  }
}

ExportedLayer exported_layer(const Checkpoint& checkpoint, std::size_t l, bool folds) {
  const LayerState& layer = checkpoint.network.layers[l];
  ExportedLayer exported{layer.inputs, layer.outputs, layer.kind, layer.cells, {}, {}};
  std::vector<double> weights = layer.weights.values, biases = layer.biases.values;
  const bool is_folded = folds && l == 0;
  if (is_folded) fold(checkpoint.standardisation, layer, weights, biases);
  const bool is_last = l + 1 == checkpoint.network.layers.size();
  if (is_last && checkpoint.target_scale != TargetScale()) {
    unscale(checkpoint.target_scale, layer, weights, biases);
  }
  const char* const remedy =
      is_folded ? "keep the standardisation apart with --fold false" : "give another checkpoint";
  exported.weights = rounded(weights, l, "weight", remedy);
  exported.biases = rounded(biases, l, "bias", remedy);
  if (is_last) return exported;
  ExportedActivation& activation = exported.activation.emplace();
  activation.kind = layer.activation;
  activation.formula = step::layer_activation(layer.activation, l, checkpoint.config.leaky_slope);
  const auto names = parameter_names(layer.activation);
  for (std::size_t p = 0; p < names.size(); ++p) {
    activation.learned.push_back(
        rounded(layer.activation_parameters[p].values, l, names[p], remedy));
  }
  return exported;
}

Prediction prediction_of(const Config& config) {
  if (predicts_numbers(config)) return Prediction::kNumbers;
  return config.loss == LossKind::kMse ? Prediction::kClasses : Prediction::kProbabilities;
}

/// All but the weights.
std::uint64_t bytes_beside_weights(const ExportedNetwork& network) {
  // Of names, shapes and formulas.
  constexpr std::uint64_t kLayerBytes = 4096;
  // Of a character: six in JSON, where it is no UTF-8 or hidden, and NumPy has four bytes for each.
  constexpr std::uint64_t kJsonBytes = 24;
  std::uint64_t bytes = kLayerBytes;
  if (network.standardisation) bytes += 2 * sizeof(double) * std::uint64_t{network.features()};
  for (const ExportedLayer& layer : network.layers) {
    const std::uint64_t vectors = 1 + (layer.activation ? layer.activation->learned.size() : 0);
    bytes += kLayerBytes + vectors * sizeof(float) * layer.outputs;
  }
  for (const DataColumn& column : network.columns) {
    bytes += kJsonBytes * (64 + column.name.size());
    for (const std::string& category : column.categories) {
      bytes += kJsonBytes * (8 + category.size());
    }
  }
  // JSON may write six characters for one, and NumPy gives each name the width of the longest.
  std::uint64_t longest = 0;
  for (const std::string& name : network.class_names) {
    longest = std::max<std::uint64_t>(longest, name.size());
  }
  return saturated_sum(bytes, saturated_product(8 + 6 * longest, network.class_names.size()));
}

}  // namespace

std::uint64_t ExportedNetwork::connections() const {
  std::uint64_t sum = 0;
  for (const ExportedLayer& layer : layers) sum += layer.weights.size();
  return sum;
}

ExportedNetwork exported_network(const Checkpoint& checkpoint, bool folds) {
  ExportedNetwork network;
  for (std::size_t l = 0; l < checkpoint.network.layers.size(); ++l) {
    network.layers.push_back(exported_layer(checkpoint, l, folds));
  }
  if (!folds) network.standardisation = checkpoint.standardisation;
  network.prediction = prediction_of(checkpoint.config);
  network.shape = checkpoint.shape;
  network.order = checkpoint.config.input_order;
  network.class_names = checkpoint.class_names;
  network.columns = checkpoint.schema.columns;
  network.dataset = checkpoint.data_name;
  network.method = name_of(checkpoint.config.method);
  return network;
}

double largest_offset(const Standardisation& standardisation) {
  double largest = 0;
  for (std::size_t i = 0; i < standardisation.mean.size(); ++i) {
    largest = std::max(largest, std::abs(standardisation.mean[i]) / standardisation.deviation[i]);
  }
  return largest;
}

std::string_view output_name(Prediction prediction) {
  return prediction == Prediction::kProbabilities ? "logits" : "outputs";
}

std::vector<float> dense_weights(const ExportedLayer& layer) {
  if (layer.kind == LayerKind::kDense) return layer.weights;
  std::vector<float> all(std::size_t{layer.outputs} * layer.inputs);
  for (std::size_t i = 0; i < layer.cells.size(); ++i) all[layer.cells[i]] = layer.weights[i];
  return all;
}

std::uint64_t dense_bytes(const ExportedNetwork& network) {
  std::uint64_t bytes = bytes_beside_weights(network);
  for (const ExportedLayer& layer : network.layers) {
    const std::uint64_t cells = std::uint64_t{layer.outputs} * layer.inputs;
    bytes = saturated_sum(bytes, saturated_product(cells, sizeof(float)));
  }
  return bytes;
}

std::uint64_t sparse_bytes(const ExportedNetwork& network, std::uint64_t index_bytes) {
  std::uint64_t bytes = bytes_beside_weights(network);
  for (const ExportedLayer& layer : network.layers) {
    bytes += sizeof(float) * layer.weights.size() + index_bytes * layer.cells.size();
  }
  return bytes;
}

}  // namespace regrow

// Small problems made in memory for tests: a labelled image set and a sparse network, functions of
// their arguments alone. They use no reader, split or initialiser of the program, so that a defect
// there cannot hide behind them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regrow/dataset.h"
#include "regrow/network_state.h"
#include "regrow/philox.h"

namespace regrow::tests {

struct TinyDataSettings {
  ImageShape shape{2, 4, 6};  // channels, height, width: no two alike, so that mix-ups show
  std::uint32_t classes = 3;
  std::uint32_t train_samples = 37;  // not a multiple of the usual batches
  std::uint32_t test_samples = 11;
  std::uint32_t validation_samples = 5;  // every seventh image of `train`, as many as asked
  InputOrder order = InputOrder::kHwc;
  std::uint64_t seed = 1;
};

inline LabelledSamples tiny_images(const TinyDataSettings& settings, std::uint32_t samples,
                                   std::uint32_t stream) {
  LabelledSamples images;
  for (std::uint32_t s = 0; s < samples; ++s) {
    const std::uint32_t label =
        random_block(settings.seed, Purpose::kSynthetic, stream, 0, s)[0] % settings.classes;
    images.labels.push_back(static_cast<std::uint16_t>(label));
    for (std::uint32_t f = 0; f < settings.shape.features(); ++f) {
      const std::uint64_t index = std::uint64_t{s} << 32 | f;
      const std::uint32_t noise =
          random_block(settings.seed, Purpose::kSynthetic, stream, 1, index)[0] % 128;
      const std::uint32_t signal = f % settings.classes == label ? 127 : 0;  // learnable
      images.bytes().push_back(static_cast<std::uint8_t>(noise + signal));
    }
  }
  return images;
}

/// Mean and deviation of each pixel of each channel, over the samples trained on.
inline Standardisation tiny_standardisation(const Dataset& dataset) {
  const std::uint32_t features = dataset.shape.features();
  const auto count = static_cast<double>(dataset.train_ids.size());
  Standardisation result{std::vector<double>(features), std::vector<double>(features)};
  for (std::uint32_t channel = 0; channel < dataset.shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < dataset.shape.pixels(); ++pixel) {
      double sum = 0;
      double squares = 0;
      for (const std::uint32_t id : dataset.train_ids) {
        const double value =
            dataset.train.bytes()[std::size_t{id} * features +
                                  std::size_t{channel} * dataset.shape.pixels() + pixel];
        sum += value;
        squares += value * value;
      }
      const double mean = sum / count;
      const double variance = squares / count - mean * mean;
      const std::uint32_t f = feature_index(dataset.shape, dataset.order, channel, pixel);
      result.mean[f] = mean;
      result.deviation[f] = variance > 1e-9 ? std::sqrt(variance) : 1;
    }
  }
  return result;
}

inline Dataset tiny_dataset(const TinyDataSettings& settings = {}) {
  Dataset dataset;
  dataset.name = "tiny";
  dataset.shape = settings.shape;
  dataset.order = settings.order;
  for (std::uint32_t c = 0; c < settings.classes; ++c) {
    dataset.class_names.push_back("class" + std::to_string(c));
  }
  dataset.train = tiny_images(settings, settings.train_samples, 0);
  dataset.test = tiny_images(settings, settings.test_samples, 1);
  for (std::uint32_t id = 0; id < settings.train_samples; ++id) {
    const bool held_out =
        id % 7 == 3 && dataset.validation_ids.size() < settings.validation_samples;
    (held_out ? dataset.validation_ids : dataset.train_ids).push_back(id);
  }
  dataset.standardisation = tiny_standardisation(dataset);
  return dataset;
}

/// As back ends take it.
inline std::shared_ptr<const Dataset> shared_tiny_dataset(const TinyDataSettings& settings = {}) {
  return std::make_shared<const Dataset>(tiny_dataset(settings));
}

/// A network of the given layer sizes (features first, classes last) whose hidden layers hold each
/// cell with probability `density`. Weights and biases are floats, exact on every back end; the
/// `slots` of each are zero. `hidden` = kDense makes the dense method's network (density is then
/// 1).
inline NetworkState tiny_network(std::uint64_t seed, const std::vector<std::uint32_t>& sizes,
                                 double density = 0.5, LayerKind hidden = LayerKind::kSparse,
                                 std::size_t slots = 1) {
  NetworkState network;
  for (std::uint32_t l = 0; l + 1 < sizes.size(); ++l) {
    LayerState layer;
    layer.inputs = sizes[l];
    layer.outputs = sizes[l + 1];
    layer.kind = l + 2 == sizes.size() ? LayerKind::kDense : hidden;
    const double share = layer.kind == LayerKind::kDense ? 1.0 : density;
    const auto limit =
        static_cast<float>(std::sqrt(3.0 / std::max(1.0, share * static_cast<double>(sizes[l]))));
    for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
      const PhiloxBlock block = random_block(seed, Purpose::kInitialWeight, l, 0, cell);
      if (uniform_from_bits(block[1]) >= share) continue;
      if (layer.kind == LayerKind::kSparse) layer.cells.push_back(cell);
      layer.weights.values.push_back(limit * (2 * uniform_from_bits(block[0]) - 1));
    }
    for (std::uint32_t out = 0; out < layer.outputs; ++out) {
      const PhiloxBlock block = random_block(seed, Purpose::kInitialWeight, l, 1, out);
      layer.biases.values.push_back(0.2F * (2 * uniform_from_bits(block[0]) - 1));
    }
    layer.weights = Parameter(std::move(layer.weights.values), slots);
    layer.biases = Parameter(std::move(layer.biases.values), slots);
    layer.budget = layer.weights.size();
    network.layers.push_back(std::move(layer));
  }
  return network;
}

}  // namespace regrow::tests

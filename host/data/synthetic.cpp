// Data sets made on the spot, for tests and for scale: any number of features, classes and samples.
// All arithmetic is in integers, but for the targets' statistics, which are summed in one order: so
// a seed gives the same bytes everywhere.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "regrow/dataset.h"
#include "regrow/error.h"
#include "regrow/philox.h"

namespace regrow {
namespace {

// The `layer` of each stream of Purpose::kSynthetic; its time is a sample, a class or a neuron.
enum Stream : std::uint32_t { kCentres, kTrainSamples, kTestSamples, kHiddenLayer, kOutputLayer };

PhiloxBlock synthetic_block(std::uint64_t seed, Stream stream, std::uint32_t time,
                            std::uint64_t index) {
  return random_block(seed, Purpose::kSynthetic, stream, time, index);
}

int byte_of(const PhiloxBlock& block, std::size_t i) {
  return static_cast<int>(block[i / 4] >> (8 * (i % 4)) & 0xFF);
}

/// The sum of the word's four bytes.
int byte_sum(std::uint32_t word) {
  const std::uint32_t pairs = (word & 0x00FF00FF) + (word >> 8 & 0x00FF00FF);
  return static_cast<int>((pairs & 0xFFFF) + (pairs >> 16));
}

/// A class is a cloud around a centre. A pixel of the centre is uniform in 128 ± 48; the noise is
/// the sum of four uniform bytes, near enough to a Gaussian, scaled to a deviation of about 48.
class Clusters {
 public:
  Clusters(const SyntheticSettings& settings, std::uint64_t seed)
      : classes_(settings.classes), seed_(seed) {}

  std::uint16_t fill(std::span<std::uint8_t> pixels, Stream stream, std::uint32_t sample) const {
    const std::uint32_t label = sample % classes_;
    PhiloxBlock centres{};
    for (std::size_t first = 0; first < pixels.size(); first += 4) {
      if (first % 16 == 0) centres = synthetic_block(seed_, kCentres, label, first / 16);
      const PhiloxBlock noise = synthetic_block(seed_, stream, sample, first / 4);
      for (std::size_t i = first; i < std::min(first + 4, pixels.size()); ++i) {
        const int centre = 80 + byte_of(centres, i % 16) * 97 / 256;
        const int offset = (byte_sum(noise[i - first]) - 510) * 21 / 64;
        pixels[i] = static_cast<std::uint8_t>(std::clamp(centre + offset, 0, 255));
      }
    }
    return static_cast<std::uint16_t>(label);
  }

 private:
  std::uint32_t classes_;
  std::uint64_t seed_;
};

/// Uniform inputs, labelled by a fixed random network: 32 hidden neurons of 16 inputs each, cut off
/// at ± one deviation (odd, so that no class is favoured from the start), then the largest output.
class Teacher {
 public:
  Teacher(const SyntheticSettings& settings, std::uint64_t seed)
      : output_weights_(std::size_t{settings.classes} * kHidden), seed_(seed) {
    for (std::uint32_t neuron = 0; neuron < kHidden; ++neuron) {
      for (std::uint32_t i = 0; i < kFanIn; ++i) {
        const PhiloxBlock block = synthetic_block(seed, kHiddenLayer, neuron, i);
        const std::uint64_t scaled = std::uint64_t{block[0]} * settings.features;
        hidden_[neuron][i] = {static_cast<std::uint32_t>(scaled >> 32), byte_of(block, 4) - 128};
      }
    }
    for (std::size_t i = 0; i < output_weights_.size(); ++i) {
      output_weights_[i] = byte_of(synthetic_block(seed, kOutputLayer, 0, i), 0) - 128;
    }
  }

  std::uint16_t fill(std::span<std::uint8_t> pixels, Stream stream, std::uint32_t sample) const {
    std::vector<int> outputs(output_weights_.size() / kHidden);
    fill(pixels, stream, sample, outputs);
    const auto largest = std::max_element(outputs.begin(), outputs.end());
    return static_cast<std::uint16_t>(largest - outputs.begin());
  }

  /// `outputs`: [classes], what the network makes of the inputs.
  void fill(std::span<std::uint8_t> pixels, Stream stream, std::uint32_t sample,
            std::span<int> outputs) const {
    PhiloxBlock block{};
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      if (i % 16 == 0) block = synthetic_block(seed_, stream, sample, i / 16);
      pixels[i] = static_cast<std::uint8_t>(byte_of(block, i % 16));
    }
    compute(pixels, outputs);
  }

 private:
  static constexpr std::uint32_t kHidden = 32;
  static constexpr std::uint32_t kFanIn = 16;
  // Of a sum of 16 products of two uniforms with deviation 74: √16·74².
  static constexpr int kCutOff = 21904;
  struct Connection {
    std::uint32_t input;
    int weight;
  };

  void compute(std::span<const std::uint8_t> pixels, std::span<int> outputs) const {
    std::array<int, kHidden> hidden{};
    for (std::uint32_t neuron = 0; neuron < kHidden; ++neuron) {
      int sum = 0;
      for (const auto& [input, weight] : hidden_[neuron]) sum += weight * (pixels[input] - 128);
      hidden[neuron] = std::clamp(sum, -kCutOff, kCutOff);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      outputs[i] = 0;
      for (std::size_t j = 0; j < kHidden; ++j) {
        outputs[i] += output_weights_[i * kHidden + j] * hidden[j];
      }
    }
  }

  std::array<std::array<Connection, kFanIn>, kHidden> hidden_{};
  std::vector<int> output_weights_;  // [classes][kHidden]
  std::uint64_t seed_;
};

template <typename Source>
LabelledImages make_samples(const Source& source, const SyntheticSettings& settings, Stream stream,
                            std::uint32_t samples) {
  LabelledImages images;
  images.pixels.resize(std::size_t{samples} * settings.features);
  images.labels.resize(samples);
  for (std::uint32_t i = 0; i < samples; ++i) {
    images.labels[i] = source.fill(
        std::span(images.pixels).subspan(std::size_t{i} * settings.features, settings.features),
        stream, i);
  }
  return images;
}

/// What makes a teacher's outputs targets of mean 0 and variance 1 over the training samples, so
/// that who guesses the mean has a squared error of about 1.
struct TargetScale {
  std::vector<double> mean;       // [outputs]
  std::vector<double> deviation;  // [outputs]; 1 where the variance is zero
};

TargetScale scale_of(std::span<const int> outputs, std::size_t width) {
  const auto samples = static_cast<double>(outputs.size() / width);
  TargetScale scale{std::vector<double>(width), std::vector<double>(width)};
  for (std::size_t i = 0; i < outputs.size(); ++i) scale.mean[i % width] += outputs[i];
  for (double& mean : scale.mean) mean /= samples;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double offset = outputs[i] - scale.mean[i % width];
    scale.deviation[i % width] += offset * offset;
  }
  for (double& deviation : scale.deviation) {
    deviation = deviation > 0 ? std::sqrt(deviation / samples) : 1;
  }
  return scale;
}

/// The outputs of a teacher for samples of which only the pixels are kept: [samples][outputs].
std::vector<int> make_regression_samples(LabelledImages& images, const Teacher& teacher,
                                         const SyntheticSettings& settings, Stream stream,
                                         std::uint32_t samples) {
  images.pixels.resize(std::size_t{samples} * settings.features);
  images.labels.resize(samples);
  std::vector<int> outputs(std::size_t{samples} * settings.classes);
  for (std::uint32_t i = 0; i < samples; ++i) {
    const std::size_t sample = i;
    teacher.fill(std::span(images.pixels).subspan(sample * settings.features, settings.features),
                 stream, i,
                 std::span(outputs).subspan(sample * settings.classes, settings.classes));
  }
  return outputs;
}

std::vector<float> targets_of(std::span<const int> outputs, const TargetScale& scale) {
  const std::size_t width = scale.mean.size();
  std::vector<float> targets;
  targets.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    targets.push_back(
        static_cast<float>((outputs[i] - scale.mean[i % width]) / scale.deviation[i % width]));
  }
  return targets;
}

void fill_regression(Dataset& dataset, const Teacher& teacher, const SyntheticSettings& settings) {
  const std::vector<int> train = make_regression_samples(dataset.train, teacher, settings,
                                                         kTrainSamples, settings.train_samples);
  const std::vector<int> test =
      make_regression_samples(dataset.test, teacher, settings, kTestSamples, settings.test_samples);
  const TargetScale scale = scale_of(train, settings.classes);
  dataset.train.targets = targets_of(train, scale);
  dataset.test.targets = targets_of(test, scale);
  for (std::size_t i = 0; i < dataset.class_names.size(); ++i) {
    dataset.class_names[i] = fmt::format("target {}", i);
  }
}

template <typename Source>
void fill_dataset(Dataset& dataset, const Source& source, const SyntheticSettings& settings) {
  dataset.train = make_samples(source, settings, kTrainSamples, settings.train_samples);
  dataset.test = make_samples(source, settings, kTestSamples, settings.test_samples);
}

}  // namespace

Dataset make_synthetic(const SyntheticSettings& settings, std::uint64_t data_seed) {
  if (settings.features == 0 || settings.train_samples == 0 || settings.test_samples == 0 ||
      settings.classes < 2 || settings.classes > std::numeric_limits<std::uint16_t>::max()) {
    throw UsageError(fmt::format(
        "synthetic data of {} features, {} classes, {} training and {} test samples: needed are at "
        "least one feature and sample of each, and 2 to 65535 classes",
        settings.features, settings.classes, settings.train_samples, settings.test_samples));
  }
  Dataset dataset;
  dataset.name = "synthetic";
  dataset.shape = {1, 1, settings.features};
  for (std::uint32_t i = 0; i < settings.classes; ++i) {
    dataset.class_names.push_back(std::to_string(i));
  }
  switch (settings.kind) {
    case SyntheticKind::kClusters:
      fill_dataset(dataset, Clusters(settings, data_seed), settings);
      break;
    case SyntheticKind::kTeacher:
      fill_dataset(dataset, Teacher(settings, data_seed), settings);
      break;
    case SyntheticKind::kRegression:
      fill_regression(dataset, Teacher(settings, data_seed), settings);
      break;
  }
  return dataset;
}

}  // namespace regrow

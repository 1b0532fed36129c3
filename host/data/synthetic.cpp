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
    fill_inputs(pixels, stream, sample);
    std::vector<int> outputs(output_weights_.size() / kHidden);
    compute(pixels, outputs);
    const auto largest = std::max_element(outputs.begin(), outputs.end());
    return static_cast<std::uint16_t>(largest - outputs.begin());
  }

  void fill_inputs(std::span<std::uint8_t> pixels, Stream stream, std::uint32_t sample) const {
    PhiloxBlock block{};
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      if (i % 16 == 0) block = synthetic_block(seed_, stream, sample, i / 16);
      pixels[i] = static_cast<std::uint8_t>(byte_of(block, i % 16));
    }
  }

  /// `outputs`: [classes], what the network makes of the inputs.
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

 private:
  static constexpr std::uint32_t kHidden = 32;
  static constexpr std::uint32_t kFanIn = 16;
  // Of a sum of 16 products of two uniforms with deviation 74: √16·74².
  static constexpr int kCutOff = 21904;
  struct Connection {
    std::uint32_t input;
    int weight;
  };

  std::array<std::array<Connection, kFanIn>, kHidden> hidden_{};
  std::vector<int> output_weights_;  // [classes][kHidden]
  std::uint64_t seed_;
};

template <typename Source>
LabelledSamples make_samples(const Source& source, const SyntheticSettings& settings, Stream stream,
                             std::uint32_t samples) {
  LabelledSamples images;
  images.bytes().resize(std::size_t{samples} * settings.features);
  images.labels.resize(samples);
  for (std::uint32_t i = 0; i < samples; ++i) {
    images.labels[i] = source.fill(
        std::span(images.bytes()).subspan(std::size_t{i} * settings.features, settings.features),
        stream, i);
  }
  return images;
}

/// The inputs of a teacher alone.
class TeacherInputs {
 public:
  explicit TeacherInputs(const Teacher& teacher) : teacher_(teacher) {}

  std::uint16_t fill(std::span<std::uint8_t> pixels, Stream stream, std::uint32_t sample) const {
    teacher_.fill_inputs(pixels, stream, sample);
    return 0;
  }

 private:
  const Teacher& teacher_;
};

/// Calls use(output, value) for every output of every sample: computed anew each time, since all of
/// them together would take as much memory as the targets.
template <typename Use>
void visit_outputs(const Teacher& teacher, const LabelledSamples& images, std::size_t width,
                   Use use) {
  const std::size_t features = images.bytes().size() / images.size();
  std::vector<int> outputs(width);
  for (std::size_t i = 0; i < images.size(); ++i) {
    teacher.compute(std::span(images.bytes()).subspan(i * features, features), outputs);
    for (std::size_t output = 0; output < width; ++output) use(output, outputs[output]);
  }
}

/// What makes a teacher's outputs targets of mean 0 and variance 1 over the training samples, so
/// that who guesses the mean has a squared error of about 1.
struct OutputScale {
  std::vector<double> mean;       // [outputs]
  std::vector<double> deviation;  // [outputs]; 1 where the variance is zero
};

OutputScale scale_of(const Teacher& teacher, const LabelledSamples& train, std::size_t width) {
  const auto samples = static_cast<double>(train.size());
  OutputScale scale{std::vector<double>(width), std::vector<double>(width)};
  visit_outputs(teacher, train, width,
                [&](std::size_t output, int value) { scale.mean[output] += value; });
  for (double& mean : scale.mean) mean /= samples;
  visit_outputs(teacher, train, width, [&](std::size_t output, int value) {
    const double offset = value - scale.mean[output];
    scale.deviation[output] += offset * offset;
  });
  for (double& deviation : scale.deviation) {
    deviation = deviation > 0 ? std::sqrt(deviation / samples) : 1;
  }
  return scale;
}

std::vector<float> targets_of(const Teacher& teacher, const LabelledSamples& images,
                              const OutputScale& scale) {
  const std::size_t width = scale.mean.size();
  std::vector<float> targets;
  targets.reserve(images.size() * width);
  visit_outputs(teacher, images, width, [&](std::size_t output, int value) {
    const double offset = value - scale.mean[output];
    targets.push_back(static_cast<float>(offset / scale.deviation[output]));
  });
  return targets;
}

void add_targets(Dataset& dataset, const Teacher& teacher) {
  const OutputScale scale = scale_of(teacher, dataset.train, dataset.classes());
  dataset.train.targets = targets_of(teacher, dataset.train, scale);
  dataset.test.targets = targets_of(teacher, dataset.test, scale);
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
    case SyntheticKind::kRegression: {
      const Teacher teacher(settings, data_seed);
      fill_dataset(dataset, TeacherInputs(teacher), settings);
      add_targets(dataset, teacher);
      break;
    }
  }
  return dataset;
}

}  // namespace regrow

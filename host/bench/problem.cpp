// Sizes, noise images and configurations of the benchmarks.
#include "bench/problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/nearest_name.h"
#include "regrow/error.h"
#include "regrow/philox.h"

namespace regrow::bench {
namespace {

constexpr ImageShape kCifarShape = {3, 32, 32};

LabelledSamples noise_images(std::uint32_t samples, const ImageShape& shape, std::uint32_t stream) {
  LabelledSamples images;
  images.bytes().resize(std::size_t{samples} * shape.features());
  for (std::size_t i = 0; i < images.bytes().size(); i += 4) {
    const std::uint32_t word = random_block(0, Purpose::kSynthetic, stream, 0, i)[0];
    for (std::size_t byte = 0; byte < 4 && i + byte < images.bytes().size(); ++byte) {
      images.bytes()[i + byte] = static_cast<std::uint8_t>(word >> (8 * byte));
    }
  }
  for (std::uint32_t i = 0; i < samples; ++i) {
    images.labels.push_back(static_cast<std::uint16_t>(i % kClasses));
  }
  return images;
}

/// Two layers of a width, whose steps and evolutions are timed: an evaluation says nothing new.
ProblemSize wide(const char* name, std::int64_t width, std::uint32_t steps) {
  ProblemSize size;
  size.name = name;
  size.what = fmt::format("two layers of {} neurons; no whole epochs", width);
  size.shape = kCifarShape;
  size.hidden = {width, width};
  size.steps = steps;
  size.test_images = 100;
  size.whole_epochs = false;
  return size;
}

}  // namespace

const std::vector<ProblemSize>& problem_sizes() {
  static const std::vector<ProblemSize> sizes = {
      {"tiny", "a few neurons, for a look and for tests", {3, 8, 8}, {40, 20}, 4, 20, 10, 60, true},
      {"paper", "the paper's network on CIFAR-10's shape", kCifarShape, {4000, 1000, 4000}},
      wide("wide4k", 4096, 200),
      wide("wide16k", 16384, 100),
      wide("wide64k", 65536, 50),
      wide("wide256k", 262144, 10),
      wide("wide1m", 1048576, 4),
  };
  return sizes;
}

std::string problem_names() {
  std::vector<std::string> names;
  for (const ProblemSize& size : problem_sizes()) names.push_back(size.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

const ProblemSize& problem_size(const std::string& name) {
  std::vector<std::string> names;
  for (const ProblemSize& size : problem_sizes()) {
    if (size.name == name) return size;
    names.push_back(size.name);
  }
  throw UsageError(fmt::format("--size: '{}' is none of {}{}", name, fmt::join(names, ", "),
                               did_you_mean(name, names)));
}

std::shared_ptr<const Dataset> noise_dataset(const ImageShape& shape, std::uint32_t train_images,
                                             std::uint32_t test_images) {
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "noise";
  dataset->shape = shape;
  for (std::uint32_t c = 0; c < kClasses; ++c) dataset->class_names.push_back(std::to_string(c));
  dataset->train = noise_images(train_images, shape, 0);
  dataset->test = noise_images(test_images, shape, 1);
  for (std::uint32_t id = 0; id < train_images; ++id) dataset->train_ids.push_back(id);
  dataset->validation_is_test = true;
  // Of a uniform byte, near enough.
  dataset->standardisation.mean.assign(shape.features(), 127.5);
  dataset->standardisation.deviation.assign(shape.features(), 73.9);
  return dataset;
}

Config problem_config(const ProblemSize& size) {
  Config config = preset_config(PresetName::kPaper, DatasetName::kCifar10);
  config.method = Method::kSet;
  config.data = "in memory";
  config.hidden = size.hidden;
  config.epsilon = size.epsilon;
  config.batch = size.batch;
  resolve(config);
  return config;
}

std::string layer_widths(const NetworkState& network) {
  std::string widths = std::to_string(network.layers.front().inputs);
  for (const LayerState& layer : network.layers) widths += "-" + std::to_string(layer.outputs);
  return widths;
}

}  // namespace regrow::bench

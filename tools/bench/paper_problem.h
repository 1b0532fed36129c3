// The paper's problem in memory, for timing: CIFAR-10-shaped images of noise and the network
// 3072-4000-1000-4000-10 at ε = 20.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "regrow/backend.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/network_state.h"
#include "regrow/philox.h"
#include "regrow/trainer.h"

namespace regrow::bench {

inline LabelledImages noise_images(std::uint32_t samples, const ImageShape& shape,
                                   std::uint32_t stream) {
  LabelledImages images;
  images.pixels.resize(std::size_t{samples} * shape.features());
  for (std::size_t i = 0; i < images.pixels.size(); i += 4) {
    const std::uint32_t word = random_block(0, Purpose::kSynthetic, stream, 0, i)[0];
    for (std::size_t byte = 0; byte < 4; ++byte) {
      images.pixels[i + byte] = static_cast<std::uint8_t>(word >> (8 * byte));
    }
  }
  for (std::uint32_t i = 0; i < samples; ++i) {
    images.labels.push_back(static_cast<std::uint16_t>(i % 10));
  }
  return images;
}

inline std::shared_ptr<const Dataset> paper_dataset(std::uint32_t train, std::uint32_t test) {
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "noise";
  dataset->shape = {3, 32, 32};
  for (int c = 0; c < 10; ++c) dataset->class_names.push_back(std::to_string(c));
  dataset->train = noise_images(train, dataset->shape, 0);
  dataset->test = noise_images(test, dataset->shape, 1);
  for (std::uint32_t id = 0; id < train; ++id) dataset->train_ids.push_back(id);
  dataset->validation_is_test = true;
  dataset->standardisation.mean.assign(dataset->shape.features(), 127.5);
  dataset->standardisation.deviation.assign(dataset->shape.features(), 73.9);
  return dataset;
}

inline NetworkState paper_network() {
  return initial_network(preset_config(PresetName::kPaper, DatasetName::kCifar10), 3072, 10);
}

/// `full`: with dropout and augmentation, as the paper trains; else the bare step.
inline BackendOptions paper_options(bool full, unsigned threads) {
  BackendOptions options =
      backend_options(preset_config(PresetName::kPaper, DatasetName::kCifar10));
  options.threads = threads;
  if (!full) {
    options.dropout = 0;
    options.augmentation.enabled = false;
  }
  return options;
}

}  // namespace regrow::bench

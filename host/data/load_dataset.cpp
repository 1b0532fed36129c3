// From settings to a data set that is ready to be trained on.
#include <cstddef>
#include <cstdint>

#include "regrow/data_config.h"

namespace regrow {
namespace {

Dataset read_dataset(const DataConfig& config) {
  switch (config.dataset) {
    case DatasetName::kCifar10:
      return load_cifar10(config.data);
    case DatasetName::kFashionMnist:
      return load_idx("fashion_mnist", config.data);
    case DatasetName::kMnist:
      return load_idx("mnist", config.data);
    case DatasetName::kSynthetic:
      break;
  }
  return make_synthetic({.features = static_cast<std::uint32_t>(config.synthetic_features),
                         .classes = static_cast<std::uint32_t>(config.synthetic_classes),
                         .train_samples = static_cast<std::uint32_t>(config.synthetic_train),
                         .test_samples = static_cast<std::uint32_t>(config.synthetic_test),
                         .kind = config.synthetic_kind},
                        static_cast<std::uint64_t>(config.data_seed));
}

}  // namespace

Dataset load_images(const DataConfig& config) {
  Dataset dataset = read_dataset(config);
  dataset.order = config.input_order;
  return dataset;
}

void split_dataset(Dataset& dataset, const DataConfig& config) {
  split_validation(dataset, config.validation.is_test(),
                   static_cast<std::size_t>(config.validation.held_out),
                   static_cast<std::uint64_t>(config.data_seed));
}

Dataset load_dataset(const DataConfig& config) {
  Dataset dataset = load_images(config);
  split_dataset(dataset, config);
  dataset.standardisation = compute_standardisation(dataset);
  return dataset;
}

}  // namespace regrow

// From settings to a data set that is ready to be trained on.
#include "regrow/load_dataset.h"

#include <cstddef>
#include <cstdint>

#include "readers/custom_dataset.h"

namespace regrow {
namespace {

Dataset read_dataset(const DataConfig& config, bool predicts_numbers) {
  switch (config.dataset) {
    case DatasetName::kCifar10:
      return load_cifar10(config.data);
    case DatasetName::kFashionMnist:
      return load_idx("fashion_mnist", config.data);
    case DatasetName::kMnist:
      return load_idx("mnist", config.data);
    case DatasetName::kCifar100:
      return load_cifar100(config.data);
    case DatasetName::kCustom:
      return load_custom(config, predicts_numbers);
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

Dataset load_samples(const DataConfig& config, bool predicts_numbers) {
  Dataset dataset = read_dataset(config, predicts_numbers);
  dataset.order = config.input_order;
  return dataset;
}

void split_dataset(Dataset& dataset, const DataConfig& config) {
  if (config.validation.share > 0) {
    split_validation(dataset, config.validation.share,
                     static_cast<std::uint64_t>(config.data_seed));
    return;
  }
  split_validation(dataset, config.validation.is_test(),
                   static_cast<std::size_t>(config.validation.held_out),
                   static_cast<std::uint64_t>(config.data_seed));
}

Dataset load_dataset(const DataConfig& config, bool predicts_numbers) {
  Dataset dataset = load_samples(config, predicts_numbers);
  split_dataset(dataset, config);
  dataset.standardisation =
      config.standardise ? compute_standardisation(dataset) : no_standardisation(dataset);
  // Synthetic numbers are of a scale that suits already.
  if (config.dataset == DatasetName::kCustom && config.standardise && dataset.has_targets()) {
    scale_targets(dataset, compute_target_scale(dataset));
  }
  return dataset;
}

}  // namespace regrow

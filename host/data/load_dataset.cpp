// From settings to a data set that is ready to be trained on.
#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/error.h"

namespace regrow {
namespace {

Dataset read_dataset(const Config& config) {
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

constexpr std::string_view kHoldOutPrefix = "holdout:";

std::size_t hold_out_size(const std::string& validation) {
  std::size_t count = 0;
  if (validation.starts_with(kHoldOutPrefix)) {
    const char* end = validation.data() + validation.size();
    const auto [stop, error] =
        std::from_chars(validation.data() + kHoldOutPrefix.size(), end, count);
    if (error == std::errc() && stop == end) return count;
  }
  throw UsageError(fmt::format(
      "validation = '{}': it must be 'test' or 'holdout:N', as holdout:5000", validation));
}

}  // namespace

Dataset load_images(const Config& config) {
  Dataset dataset = read_dataset(config);
  dataset.order = config.input_order;
  return dataset;
}

void split_dataset(Dataset& dataset, const Config& config) {
  const bool from_test = config.validation == "test";
  const std::size_t held_out = from_test ? 0 : hold_out_size(config.validation);
  split_validation(dataset, from_test, held_out, static_cast<std::uint64_t>(config.data_seed));
}

Dataset load_dataset(const Config& config) {
  Dataset dataset = load_images(config);
  split_dataset(dataset, config);
  dataset.standardisation = compute_standardisation(dataset);
  return dataset;
}

}  // namespace regrow

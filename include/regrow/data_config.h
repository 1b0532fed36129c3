// The settings of a data set: section [data] of a configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "regrow/dataset.h"

namespace regrow {

enum class DatasetName : std::uint8_t { kCifar10, kFashionMnist, kMnist, kSynthetic };

/// Which samples steer a method and choose the best epoch.
struct Validation {
  std::int64_t held_out = 5000;  // so many training samples; 0: the test set

  bool is_test() const { return held_out == 0; }
  bool operator==(const Validation&) const = default;
};

struct DataConfig {
  DatasetName dataset = DatasetName::kCifar10;
  std::string data;  // folder with the files; local
  Validation validation;
  std::int64_t data_seed = 0;
  InputOrder input_order = InputOrder::kHwc;
  std::int64_t synthetic_features = 64;
  std::int64_t synthetic_classes = 4;
  std::int64_t synthetic_train = 2000;
  std::int64_t synthetic_test = 500;
  SyntheticKind synthetic_kind = SyntheticKind::kClusters;

  bool operator==(const DataConfig&) const = default;
};

/// Loads, splits and standardises the data set that the configuration names. Throws Error naming
/// file, place and remedy on missing or damaged files, and where the hold-out leaves too few
/// images.
Dataset load_dataset(const DataConfig& config);

/// The two steps of it before the statistics: all images, of which none is held out yet, and the
/// hold-out that the configuration asks for.
Dataset load_images(const DataConfig& config);
void split_dataset(Dataset& dataset, const DataConfig& config);

}  // namespace regrow

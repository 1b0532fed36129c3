// The settings of a data set: section [data] of a configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "regrow/dataset.h"

namespace regrow {

enum class DatasetName : std::uint8_t {
  kCifar10,
  kCifar100,
  kFashionMnist,
  kMnist,
  kSynthetic,
  kCustom  // the user's own files
};

/// Of a user's own files; kAuto: by their names' ends, or a folder of images.
enum class DataFormat : std::uint8_t { kAuto, kNpz, kNpy, kCsv, kTsv, kLibsvm, kImages };

/// Which samples steer a method and choose the best epoch: so many training samples, or such a
/// share of those of every class; both 0: the test set.
struct Validation {
  std::int64_t held_out = 5000;
  double share = 0;  // in (0, 1), where held_out is 0

  bool is_test() const { return held_out == 0 && share == 0; }
  bool operator==(const Validation&) const = default;
};

/// What images of a folder are scaled to, in pixels; 0 × 0: they must be of one size.
struct ImageSize {
  std::uint32_t height = 0;
  std::uint32_t width = 0;

  bool operator==(const ImageSize&) const = default;
};

struct DataConfig {
  DatasetName dataset = DatasetName::kCifar10;
  std::string data;  // folder with the files, or a file; local
  std::string test;  // kCustom: a file with the test samples; local
  // kCustom, what its files hold:
  DataFormat data_format = DataFormat::kAuto;
  std::string label;  // the column to predict, by name or number; empty: by usual names
  std::int64_t libsvm_features = 0;  // 0: the highest that the training samples have
  ImageSize image_size;
  double test_split = 0.2;  // share of the samples that become test samples, where there are none
  bool standardise = true;  // by mean and deviation; else bytes are divided by 255, floats stay
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

}  // namespace regrow

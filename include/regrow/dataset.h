// Labelled images in memory (uint8, as in the files), their split into training, validation and
// test samples, and the statistics that standardise them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/image_shape.h"

namespace regrow {

struct LabelledImages {
  std::vector<std::uint8_t> pixels;   // [samples][channel][row][col], as CIFAR's files
  std::vector<std::uint16_t> labels;  // [samples]; all 0 where there are targets
  // [samples][outputs], of data that has numbers to predict instead of labels; else empty.
  std::vector<float> targets{};

  std::size_t size() const { return labels.size(); }
};

/// Per network input, in the network's order: standardised = (pixel − mean) / deviation.
struct Standardisation {
  std::vector<double> mean;       // [features]
  std::vector<double> deviation;  // [features], of the population; 1 where the variance is zero

  bool operator==(const Standardisation&) const = default;
};

enum class Split : std::uint8_t { kTrain, kValidation, kTest };

/// Immutable once made; several networks may share one.
struct Dataset {
  std::string name;
  ImageShape shape;
  std::vector<std::string> class_names;  // [classes]
  LabelledImages train;
  LabelledImages test;
  std::vector<std::uint32_t> train_ids;       // samples of `train` that are trained on, ascending
  std::vector<std::uint32_t> validation_ids;  // samples of `train` held out, ascending
  bool validation_is_test = false;            // then Split::kValidation means the test set
  InputOrder order = InputOrder::kHwc;
  Standardisation standardisation;
  std::vector<std::string> notes;  // what whoever uses the data should know, each a line

  std::uint32_t classes() const { return static_cast<std::uint32_t>(class_names.size()); }
  bool has_targets() const { return !train.targets.empty(); }
};

/// Fingerprints of what a data set holds: XXH3 of 128 bits over the bytes in memory, as 32
/// hexadecimal digits. All are empty where they are not known. Where there are targets, those of
/// labels are of them.
struct DatasetDigest {
  std::string train_images;
  std::string train_labels;
  std::string test_images;
  std::string test_labels;

  bool operator==(const DatasetDigest&) const = default;
};
DatasetDigest digest_of(const Dataset& dataset);

/// The parts of two known ones that differ: "training images", "test labels", …
std::vector<std::string> differing_parts(const DatasetDigest& a, const DatasetDigest& b);

/// Samples of one split: sample i is images->…[ids ? (*ids)[i] : i].
struct SplitView {
  const LabelledImages* images = nullptr;
  const std::vector<std::uint32_t>* ids = nullptr;

  std::size_t size() const { return ids != nullptr ? ids->size() : images->size(); }
  std::size_t sample(std::size_t i) const { return ids != nullptr ? (*ids)[i] : i; }
  std::uint16_t label(std::size_t i) const { return images->labels[sample(i)]; }
};
SplitView view(const Dataset& dataset, Split split);

/// Holds out `count` training images (the first of a permutation keyed by data_seed), or, with
/// `from_test`, validates on the test set. Throws Error when too few images are left to train on.
void split_validation(Dataset& dataset, bool from_test, std::size_t count, std::uint64_t data_seed);

/// Mean and population standard deviation of each network input over the samples trained on,
/// summed exactly in integers.
Standardisation compute_standardisation(const Dataset& dataset);

/// kClusters: a Gaussian blob a class; kTeacher: the labels of a random network; kRegression: the
/// outputs of that network, as float targets.
enum class SyntheticKind : std::uint8_t { kClusters, kTeacher, kRegression };

struct SyntheticSettings {
  std::uint32_t features = 64;
  std::uint32_t classes = 4;
  std::uint32_t train_samples = 2000;
  std::uint32_t test_samples = 500;
  SyntheticKind kind = SyntheticKind::kClusters;
};

/// Readers. `directory` may be the folder that holds the files or one above it. Throw Error naming
/// file, place and remedy on anything missing, truncated, oversized, corrupt or out of range.
/// CIFAR-10's binary files: any number of records each, of which a note says where they are not as
/// many as the official ones hold.
Dataset load_cifar10(const std::string& directory);
/// name: "mnist" or "fashion_mnist". IDX files, plain or .gz. For fashion_mnist an empty directory
/// means /usr/share/datasets/fashion-mnist (Debian's package dataset-fashion-mnist). As mnist any
/// number of classes is read, EMNIST's for instance; where no label is above 9 they are ten.
Dataset load_idx(const std::string& name, const std::string& directory);
Dataset make_synthetic(const SyntheticSettings& settings, std::uint64_t data_seed);

}  // namespace regrow

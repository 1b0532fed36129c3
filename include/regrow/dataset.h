// Labelled samples in memory, as in their files, their split into training, validation and test
// samples, and the statistics that standardise them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regrow/data_schema.h"
#include "regrow/features.h"
#include "regrow/image_shape.h"
#include "regrow/philox.h"

namespace regrow {

struct LabelledSamples {
  Features features;
  std::vector<std::uint16_t> labels;  // [samples]; all 0 where there are targets
  // [samples][outputs], of data that has numbers to predict instead of labels; else empty.
  std::vector<float> targets{};

  std::size_t size() const { return labels.size(); }
  /// Of features that are of this kind.
  ByteFeatures& bytes() { return std::get<ByteFeatures>(features); }
  const ByteFeatures& bytes() const { return std::get<ByteFeatures>(features); }
};

/// Per network input, in the network's order: standardised = (value − mean) / deviation.
struct Standardisation {
  std::vector<double> mean;  // [features]
  // [features], of the population. Infinite where all training samples have the same value, which
  // says nothing: the input is then 0, whatever other samples have. (1 there in checkpoints of
  // versions before 7.)
  std::vector<double> deviation;

  bool operator==(const Standardisation&) const = default;
};

/// Of numbers to predict, which are learnt as (number − mean) / deviation.
struct TargetScale {
  std::vector<double> mean;       // [targets]; empty: the numbers are as in the files
  std::vector<double> deviation;  // [targets], of the population; 1 where it would be 0

  bool operator==(const TargetScale&) const = default;
  /// What the output `value` of target `k` says, as in the files.
  double unscaled(std::size_t k, double value) const {
    return mean.empty() ? value : value * deviation[k] + mean[k];
  }
};

enum class Split : std::uint8_t { kTrain, kValidation, kTest };

/// Immutable once made; several networks may share one.
struct Dataset {
  std::string name;
  ImageShape shape;  // of a table: 1 × 1 × its features
  DataSchema schema;
  std::vector<std::string> class_names;  // [classes]; of targets, their names
  LabelledSamples train;
  LabelledSamples test;
  std::vector<std::uint32_t> train_ids;       // samples of `train` that are trained on, ascending
  std::vector<std::uint32_t> validation_ids;  // samples of `train` held out, ascending
  bool validation_is_test = false;            // then Split::kValidation means the test set
  InputOrder order = InputOrder::kHwc;
  Standardisation standardisation;
  TargetScale target_scale;        // that the targets have
  std::vector<std::string> notes;  // what whoever uses the data should know, each a line

  std::uint32_t classes() const { return static_cast<std::uint32_t>(class_names.size()); }
  /// Whether numbers are predicted; of samples that are evaluated alone, too.
  bool has_targets() const { return !train.targets.empty() || !test.targets.empty(); }
};

/// Of the samples that there are, training and test samples alike.
FeatureKind kind_of(const Dataset& dataset);

/// Fingerprints of what a data set holds: XXH3 of 128 bits over the bytes in memory, as 32
/// hexadecimal digits. All are empty where they are not known. Where there are targets, those of
/// labels are of them.
struct DatasetDigest {
  std::string train_features;
  std::string train_labels;
  std::string test_features;
  std::string test_labels;
  std::uint64_t train_samples = 0;  // the held out included
  std::uint64_t test_samples = 0;

  bool operator==(const DatasetDigest&) const = default;
};
DatasetDigest digest_of(const Dataset& dataset);

/// What of the `other` known one differs: "other training features", "other test labels", "1,437
/// training samples instead of 1,500", …
std::vector<std::string> differing_parts(const DatasetDigest& own, const DatasetDigest& other);

/// Samples of one split: sample i is samples->…[ids ? (*ids)[i] : i].
struct SplitView {
  const LabelledSamples* samples = nullptr;
  const std::vector<std::uint32_t>* ids = nullptr;

  std::size_t size() const { return ids != nullptr ? ids->size() : samples->size(); }
  std::size_t sample(std::size_t i) const { return ids != nullptr ? (*ids)[i] : i; }
  std::uint16_t label(std::size_t i) const { return samples->labels[sample(i)]; }
};
SplitView view(const Dataset& dataset, Split split);

/// Holds out `count` training samples (the first of a permutation keyed by data_seed), or, with
/// `from_test`, validates on the test set. Throws Error when too few samples are left to train on.
void split_validation(Dataset& dataset, bool from_test, std::size_t count, std::uint64_t data_seed);
/// Holds out such a share of the training samples, of every class alike, as stratified() chooses.
void split_validation(Dataset& dataset, double share, std::uint64_t data_seed);

/// The samples of a split by classes: of the n_c samples of class c the first round(share·n_c) of a
/// permutation keyed by (data_seed, purpose, c), of a class of two or more at least one and not
/// all; ascending. labels: [samples]; all alike where there are targets.
std::vector<std::uint32_t> stratified(std::span<const std::uint16_t> labels, double share,
                                      std::uint64_t data_seed, Purpose purpose);

/// Mean and population standard deviation of each network input over the samples trained on: of
/// bytes summed exactly, in integers; of floats in two passes, in double, in the order of the
/// samples.
Standardisation compute_standardisation(const Dataset& dataset);
/// Of targets as they are in the files, over the samples trained on.
TargetScale compute_target_scale(const Dataset& dataset);
/// Scales the targets of all samples, which are as in the files.
void scale_targets(Dataset& dataset, const TargetScale& scale);

/// Inputs as they are in the files; bytes divided by 255.
Standardisation no_standardisation(const Dataset& dataset);

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

Dataset make_synthetic(const SyntheticSettings& settings, std::uint64_t data_seed);

}  // namespace regrow

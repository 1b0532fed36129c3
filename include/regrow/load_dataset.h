// From settings and files to samples in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/data_config.h"
#include "regrow/dataset.h"

namespace regrow {

/// Loads, splits and standardises the data set that the configuration names. `predicts_numbers`: of
/// a user's own data, numbers to predict stay numbers (--loss mse); else they are classes. Throws
/// Error naming file, place and remedy on missing or damaged files, and where the hold-out leaves
/// too few samples.
Dataset load_dataset(const DataConfig& config, bool predicts_numbers = false);

/// The two steps of it before the statistics: all samples, of which none is held out yet, and the
/// hold-out that the configuration asks for.
Dataset load_samples(const DataConfig& config, bool predicts_numbers = false);
void split_dataset(Dataset& dataset, const DataConfig& config);

/// What data in a user's own file or folder is called: its name without its end.
std::string name_of_file(const std::string& path);

/// What a network was trained on: other files are read as it was.
struct TrainedOn {
  ImageShape shape;
  InputOrder order = InputOrder::kHwc;
  DataSchema schema;
  std::vector<std::string> class_names;
  bool has_targets = false;
};

enum class LabelsWanted : std::uint8_t { kRequired, kIfThere };

struct UnseenSamples {
  Dataset dataset;  // with test samples alone, and without standardisation
  bool has_labels = true;
  std::vector<std::string> names;  // [samples], of those that are files of their own; else none
};

/// All samples of `file` ("-": standard input), in its order, as inputs of a network that was
/// trained on `known`: columns are found by their names, and have the categories that they had.
/// Uses of `config` data_format, label, image_size. Throws Error naming file, place and remedy, of
/// files that do not fit, too.
UnseenSamples load_unseen(const std::string& file, const DataConfig& config, const TrainedOn& known,
                          LabelsWanted labels);

/// Readers of the data sets that have names. `directory` may be the folder that holds the files or
/// one above it. Throw Error naming file, place and remedy on anything missing, truncated,
/// oversized, corrupt or out of range. CIFAR's binary files: any number of records each, of which a
/// note says where they are not as many as the official ones hold.
Dataset load_cifar10(const std::string& directory);
Dataset load_cifar100(const std::string& directory);
/// name: "mnist" or "fashion_mnist". IDX files, plain or .gz. For fashion_mnist an empty directory
/// means /usr/share/datasets/fashion-mnist (Debian's package dataset-fashion-mnist). As mnist any
/// number of classes is read, EMNIST's for instance; where no label is above 9 they are ten.
Dataset load_idx(const std::string& name, const std::string& directory);

}  // namespace regrow

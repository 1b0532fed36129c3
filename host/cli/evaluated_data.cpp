#include "cli/evaluated_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "base/one_line.h"
#include "config/check_training.h"
#include "config/own_data.h"
#include "regrow/error.h"
#include "regrow/init_from.h"
#include "train/recovery.h"

namespace regrow {
namespace {

void require_fit(const Checkpoint& checkpoint, const Dataset& dataset, const std::string& path) {
  const std::string network = inputs_and_classes(checkpoint.shape, checkpoint.class_names.size());
  const std::string data = inputs_and_classes(dataset.shape, dataset.class_names.size());
  if (network == data) return;
  throw Error(fmt::format("{}: the network takes {}, but {} has {}; give another --dataset", path,
                          network, dataset.name, data));
}

void standardise_as(const Checkpoint& checkpoint, Dataset& dataset) {
  dataset.standardisation = checkpoint.standardisation;
  if (checkpoint.target_scale != TargetScale()) scale_targets(dataset, checkpoint.target_scale);
}

}  // namespace

Config evaluation_config(const OpenedCheckpoint& opened, std::span<const GivenFlag> flags) {
  Config config = opened.checkpoint.config;
  config.device = opened.checkpoint.device;
  const auto beside = opened.folder / "config.toml";
  std::error_code error;
  const bool is_of_file = !opened.folder.empty();
  if (is_of_file && std::filesystem::exists(beside, error)) {
    const StoredConfig run = stored_config(beside, config);
    if (run.config.dataset == config.dataset) {
      config.data = run.config.data;
      config.test = run.config.test;
    }
    if (!run.problem.empty()) {
      std::cerr << "warning: "
                << one_line(run.problem + "; where it named the data, give it by --data") << '\n';
    }
  }
  for (const GivenFlag& given : flags) {
    if (given.setting->key == "dataset") config.data.clear();
    // How the run's device stored activations says nothing of another one's.
    if (given.setting->key == "device") config.activation_dtype = Config().activation_dtype;
  }
  // How the run's own files were read says nothing of another one.
  if (find_given(flags, "data") != nullptr) config.data_format = DataFormat::kAuto;
  for (const GivenFlag& given : flags) {
    given.setting->set_from_string(config, given.value, given.setting->flag());
  }
  return config;
}

TrainedOn trained_on(const Checkpoint& checkpoint) {
  return {.shape = checkpoint.shape,
          .order = checkpoint.config.input_order,
          .schema = checkpoint.schema,
          .class_names = checkpoint.class_names,
          .has_targets = predicts_numbers(checkpoint.config)};
}

UnseenSamples own_samples(const OpenedCheckpoint& opened, const Config& config,
                          LabelsWanted labels) {
  UnseenSamples unseen = load_unseen(config.data, config, trained_on(opened.checkpoint), labels);
  standardise_as(opened.checkpoint, unseen.dataset);
  return unseen;
}

Dataset fitting_dataset(const OpenedCheckpoint& opened, const Config& config, Split split) {
  Dataset dataset = load_samples(config, predicts_numbers(config));
  // Whether it fits is asked before a hold-out is split off, whose size is the checkpoint's and may
  // be more than other data has.
  require_fit(opened.checkpoint, dataset, opened.name);
  Config split_as = config;
  if (split == Split::kTest) split_as.validation = Validation{0, 0};
  split_dataset(dataset, split_as);
  standardise_as(opened.checkpoint, dataset);
  return dataset;
}

std::vector<std::string> differences_from_training(const OpenedCheckpoint& opened,
                                                   const Dataset& dataset, Split split) {
  const Checkpoint& checkpoint = opened.checkpoint;
  const bool is_own = checkpoint.config.dataset == DatasetName::kCustom;
  if (checkpoint.data == DatasetDigest() || (!is_own && checkpoint.data_name != dataset.name)) {
    return {};
  }
  const bool is_test = split == Split::kTest || dataset.validation_is_test;
  std::vector<std::string> parts = differing_parts(checkpoint.data, digest_of(dataset));
  if (checkpoint.schema != dataset.schema) parts.emplace_back("other columns");
  std::erase_if(parts, [&](const std::string& part) {
    return part.find(is_test ? "training" : "test") != std::string::npos;
  });
  if (parts.empty()) return {};
  return {
      fmt::format("{} is not the data that the run had: {}", dataset.name, fmt::join(parts, ", "))};
}

}  // namespace regrow

// regrow eval: a checkpoint's accuracy and loss on a data set, and its predictions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <span>
#include <system_error>

#include "cli/commands.h"
#include "cli/one_line.h"
#include "cli/text_table.h"
#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "train/recovery.h"

namespace regrow {
namespace {

/// Where and how: as the checkpoint says, the data folder as config.toml beside it says, and over
/// both the flags.
Config evaluation_config(const Checkpoint& checkpoint, const EvalOptions& options) {
  Config config = checkpoint.config;
  config.device = checkpoint.device;
  const auto beside = std::filesystem::path(options.checkpoint).parent_path() / "config.toml";
  std::error_code error;
  if (std::filesystem::exists(beside, error)) {
    const StoredConfig run = stored_config(beside, config);
    if (run.config.dataset == config.dataset) config.data = run.config.data;
    if (!run.problem.empty()) {
      std::cerr << "warning: "
                << one_line(run.problem + "; where it named the data's folder, give it by --data")
                << '\n';
    }
  }
  for (const GivenFlag& given : options.flags) {
    if (given.setting->key == "dataset") config.data.clear();
    // How the run's device stored activations says nothing of another one's.
    if (given.setting->key == "device") config.activation_dtype = Config().activation_dtype;
  }
  for (const GivenFlag& given : options.flags) {
    given.setting->set_from_string(config, given.value, given.setting->flag());
  }
  return config;
}

void require_fit(const Checkpoint& checkpoint, const Dataset& dataset, const std::string& path) {
  const auto say = [](const ImageShape& shape, std::size_t classes) {
    return fmt::format("{}x{}x{} inputs and {} classes", shape.channels, shape.height, shape.width,
                       classes);
  };
  const std::string network = say(checkpoint.shape, checkpoint.class_names.size());
  const std::string data = say(dataset.shape, dataset.class_names.size());
  if (network == data) return;
  throw Error(fmt::format("{}: the network takes {}, but {} has {}; give another --dataset", path,
                          network, dataset.name, data));
}

/// The data that `config` names. Whether it fits is asked first: without a hold-out, whose size is
/// the checkpoint's and may be more than other data has.
Dataset fitting_dataset(const Checkpoint& checkpoint, const Config& config, Split split,
                        const std::string& path) {
  Config whole = config;
  whole.validation = "test";
  Dataset dataset = load_dataset(whole);
  require_fit(checkpoint, dataset, path);
  if (split != Split::kTest) dataset = load_dataset(config);
  dataset.standardisation = checkpoint.standardisation;
  return dataset;
}

Split split_of(const std::string& name) {
  if (name == "train") return Split::kTrain;
  return name == "validation" ? Split::kValidation : Split::kTest;
}

std::vector<double> softmax(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> values;
  double sum = 0;
  for (const float logit : logits) {
    values.push_back(std::exp(logit - highest));
    sum += values.back();
  }
  for (double& value : values) value /= sum;
  return values;
}

std::size_t predicted(std::span<const float> logits) {
  return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// One line a sample: its index in the split's file, label, prediction, and every class's
/// probability.
std::string predictions_csv(const Dataset& dataset, const SplitView& samples,
                            std::span<const float> logits) {
  const std::size_t classes = dataset.classes();
  std::string csv = "index,label,prediction";
  for (const std::string& name : dataset.class_names) {
    csv += ',' + csv_field("probability " + name);
  }
  csv += '\n';
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto row = logits.subspan(i * classes, classes);
    csv += fmt::format("{},{},{}", samples.sample(i), samples.label(i), predicted(row));
    for (const double probability : softmax(row)) csv += fmt::format(",{:.6g}", probability);
    csv += '\n';
  }
  return csv;
}

std::string per_class_text(const Dataset& dataset, const SplitView& samples,
                           std::span<const float> logits) {
  const std::size_t classes = dataset.classes();
  std::vector<std::uint64_t> counts(classes), hits(classes);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::size_t label = samples.label(i);
    ++counts[label];
    if (predicted(logits.subspan(i * classes, classes)) == label) ++hits[label];
  }
  TextTable table;
  table.header = {"class", "samples", "accuracy"};
  for (std::size_t c = 0; c < classes; ++c) {
    table.rows.push_back({dataset.class_names[c], std::to_string(counts[c]),
                          counts[c] == 0
                              ? "-"
                              : fmt::format("{:.4f}", static_cast<double>(hits[c]) /
                                                          static_cast<double>(counts[c]))});
  }
  return as_text(table);
}

}  // namespace

int eval_command(const EvalOptions& options) {
  const Checkpoint checkpoint = read_checkpoint(options.checkpoint);
  const Config config = evaluation_config(checkpoint, options);
  auto backend = make_backend(config.device, backend_options(config));
  const Split split = split_of(options.split);
  const auto dataset = std::make_shared<const Dataset>(
      fitting_dataset(checkpoint, config, split, options.checkpoint));
  const SplitView samples = view(*dataset, split);

  backend->attach(dataset);
  backend->load(checkpoint.network);
  std::vector<float> logits(samples.size() * dataset->classes());  // [samples][classes]
  const LossSums sums = backend->evaluate(split, logits);
  if (!options.out.empty()) {
    write_file_atomically(options.out, predictions_csv(*dataset, samples, logits));
  }
  const auto count = static_cast<double>(sums.samples);
  std::cout << fmt::format("{} of {}: accuracy {:.4f}, loss {:.4f}, {} samples\n", options.split,
                           dataset->name, static_cast<double>(sums.hits) / count, sums.loss / count,
                           sums.samples)
            << per_class_text(*dataset, samples, logits);
  return 0;
}

}  // namespace regrow

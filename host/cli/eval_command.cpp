// regrow eval: a checkpoint's accuracy and loss on a data set, and its predictions.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/opened_checkpoint.h"
#include "cli/output_file.h"
#include "cli/predictions.h"
#include "cli/pruned_evaluation.h"
#include "cli/run_resources.h"
#include "cli/table/fitted_table.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text_layout.h"
#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/error.h"
#include "regrow/init_from.h"
#include "regrow/load_dataset.h"
#include "regrow/run_folder.h"
#include "train/epochs_text.h"
#include "train/recovery.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

/// Where and how: as the checkpoint says, the data folder as config.toml beside it says, and over
/// both the flags.
Config evaluation_config(const OpenedCheckpoint& opened, const EvalOptions& options) {
  Config config = opened.checkpoint.config;
  config.device = opened.checkpoint.device;
  const auto beside = opened.folder / "config.toml";
  std::error_code error;
  const bool is_of_file = options.checkpoint != "-";
  if (is_of_file && std::filesystem::exists(beside, error)) {
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
  const std::string network = inputs_and_classes(checkpoint.shape, checkpoint.class_names.size());
  const std::string data = inputs_and_classes(dataset.shape, dataset.class_names.size());
  if (network == data) return;
  throw Error(fmt::format("{}: the network takes {}, but {} has {}; give another --dataset", path,
                          network, dataset.name, data));
}

/// The data that `config` names. Whether it fits is asked before a hold-out is split off, whose
/// size is the checkpoint's and may be more than other data has.
Dataset fitting_dataset(const OpenedCheckpoint& opened, const Config& config, Split split) {
  Dataset dataset = load_samples(config);
  require_fit(opened.checkpoint, dataset, opened.name);
  Config split_as = config;
  if (split == Split::kTest) split_as.validation = Validation{0};
  split_dataset(dataset, split_as);
  dataset.standardisation = opened.checkpoint.standardisation;
  return dataset;
}

/// Where data of the same name are others: an accuracy of them is not the run's.
void note_other_data(const OpenedCheckpoint& opened, const Dataset& dataset, Split split) {
  const DatasetDigest& trained = opened.checkpoint.data;
  if (trained == DatasetDigest() || name_of(opened.checkpoint.config.dataset) != dataset.name) {
    return;
  }
  const bool is_test = split == Split::kTest || dataset.validation_is_test;
  const std::string images = is_test ? "test" : "training";
  const std::vector<std::string> parts = differing_parts(trained, digest_of(dataset));
  if (std::none_of(parts.begin(), parts.end(),
                   [&](const std::string& part) { return part.starts_with(images); })) {
    return;
  }
  std::cerr << fmt::format("note: the {} images or labels are not those that the run had\n",
                           images);
}

Split split_of(const std::string& name) {
  if (name == "train") return Split::kTrain;
  return name == "validation" ? Split::kValidation : Split::kTest;
}

struct ClassResult {
  std::uint64_t samples = 0;
  std::uint64_t hits = 0;
};

std::vector<ClassResult> results_of_classes(const Dataset& dataset, const SplitView& samples,
                                            std::span<const float> logits) {
  if (dataset.has_targets()) return {};
  const std::size_t classes = dataset.classes();
  std::vector<ClassResult> results(classes);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ClassResult& result = results[samples.label(i)];
    ++result.samples;
    if (predicted(logits.subspan(i * classes, classes)) == samples.label(i)) ++result.hits;
  }
  return results;
}

/// Nothing of a class without samples.
std::optional<double> accuracy_of(const ClassResult& result) {
  if (result.samples == 0) return std::nullopt;
  return static_cast<double>(result.hits) / static_cast<double>(result.samples);
}

struct Evaluation {
  std::string split;
  std::string device;
  LossSums sums;
  std::vector<ClassResult> classes;
  std::vector<PrunedEvaluation> pruned;  // the network as it is first; none where none is asked for

  /// Nothing where the data has no labels.
  std::optional<double> accuracy() const {
    if (classes.empty()) return std::nullopt;
    return static_cast<double>(sums.hits) / static_cast<double>(sums.samples);
  }
  double loss() const { return sums.loss / static_cast<double>(sums.samples); }
};

std::string as_json(const Evaluation& evaluation, const OpenedCheckpoint& opened,
                    const Dataset& dataset) {
  const std::optional<double> accuracy = evaluation.accuracy();
  Json document = {{"checkpoint", opened.name},
                   {"epochs", opened.checkpoint.progress.epoch},
                   {"dataset", dataset.name},
                   {"split", evaluation.split},
                   {"device", evaluation.device},
                   {"samples", evaluation.sums.samples},
                   {"accuracy", accuracy ? Json(*accuracy) : Json()},
                   {"loss", evaluation.loss()},
                   {"classes", Json::array()}};
  for (std::size_t c = 0; c < evaluation.classes.size(); ++c) {
    const std::optional<double> of_class = accuracy_of(evaluation.classes[c]);
    document["classes"].push_back({{"class", dataset.class_names[c]},
                                   {"samples", evaluation.classes[c].samples},
                                   {"accuracy", of_class ? Json(*of_class) : Json()}});
  }
  if (!evaluation.pruned.empty()) {
    document["pruned"] = pruned_json(evaluation.pruned, accuracy.has_value());
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string as_text(const Evaluation& evaluation, const OpenedCheckpoint& opened,
                    const Dataset& dataset, std::optional<std::size_t> columns) {
  std::string text;
  if (opened.was_chosen) {
    text += fitted_paragraph(fmt::format("checkpoint: {}, after {}", one_line(opened.name),
                                         epochs_text(opened.checkpoint.progress.epoch)),
                             columns);
  }
  const std::optional<double> of_all = evaluation.accuracy();
  text += fitted_paragraph(
      fmt::format("{} of {}: {}loss {:.4f}, {} samples", evaluation.split, one_line(dataset.name),
                  of_all ? fmt::format("accuracy {:.4f}, ", *of_all) : "", evaluation.loss(),
                  evaluation.sums.samples),
      columns);
  if (!evaluation.pruned.empty()) {
    text += '\n' +
            fitted_paragraph(
                "Without the weights closest to zero of each sign of each hidden layer, untrained:",
                columns) +
            fitted(pruned_table(evaluation.pruned, of_all.has_value()), columns).text;
    if (of_all) text += '\n';
  }
  if (!of_all) return text;
  TextTable table;
  table.header = {"class", "samples", "accuracy"};
  for (std::size_t c = 0; c < evaluation.classes.size(); ++c) {
    const std::optional<double> accuracy = accuracy_of(evaluation.classes[c]);
    table.rows.push_back({one_line(dataset.class_names[c]),
                          std::to_string(evaluation.classes[c].samples),
                          accuracy ? fmt::format("{:.4f}", *accuracy) : "-"});
  }
  return text + fitted(table, columns).text;
}

/// The network as it is, whose sums are known, and without each of these shares of its connections.
std::vector<PrunedEvaluation> pruned_evaluations(Backend& backend, OpenedCheckpoint& opened,
                                                 const LossSums& sums,
                                                 const std::vector<std::int64_t>& shares,
                                                 Split split) {
  if (shares.empty()) return {};
  NetworkState& network = opened.checkpoint.network;
  std::vector<PrunedEvaluation> all = {{0, hidden_connections(network), sums}};
  make_hidden_layers_sparse(network);
  for (const std::int64_t share : shares) {
    all.push_back(evaluate_pruned(backend, network, share, split));
  }
  return all;
}

}  // namespace

int eval_command(const EvalOptions& options) {
  const std::vector<std::int64_t> shares =
      options.prune ? prune_shares(*options.prune) : std::vector<std::int64_t>();
  // Before anything is computed for it.
  if (options.out != "-" && !options.out.empty()) require_output_file(options.out, "--out");
  OpenedCheckpoint opened = open_checkpoint(options.checkpoint, "best.safetensors");
  const Config config = evaluation_config(opened, options);
  auto backend = make_backend(config.device, backend_options(config));
  const Split split = split_of(options.split);
  require_memory_of_evaluation(config, opened.checkpoint.network, !shares.empty());
  const auto dataset = std::make_shared<const Dataset>(fitting_dataset(opened, config, split));
  for (const std::string& note : dataset->notes) {
    std::cerr << "warning: " << one_line(note) << '\n';
  }
  note_other_data(opened, *dataset, split);
  const SplitView samples = view(*dataset, split);
  require_memory_of_evaluation(config, opened.checkpoint.network, !shares.empty(), samples,
                               *dataset);

  backend->attach(dataset);
  backend->load(opened.checkpoint.network);
  std::vector<float> logits(samples.size() * dataset->classes());  // [samples][classes]
  const LossSums sums = backend->evaluate(split, logits);
  const Evaluation evaluation{options.split, backend->capabilities().device, sums,
                              results_of_classes(*dataset, samples, logits),
                              pruned_evaluations(*backend, opened, sums, shares, split)};
  // Predictions on the standard output are alone there.
  const bool prints_predictions = options.out == "-";
  if (prints_predictions) {
    std::cout << predictions_csv(*dataset, samples, logits, config.loss);
  } else if (!options.out.empty()) {
    write_output(options.out, "--out", predictions_csv(*dataset, samples, logits, config.loss));
  }
  (prints_predictions ? std::cerr : std::cout)
      << (options.format == "json" ? as_json(evaluation, opened, *dataset)
                                   : as_text(evaluation, opened, *dataset,
                                             terminal_columns(prints_predictions ? 2 : 1)));
  return 0;
}

}  // namespace regrow

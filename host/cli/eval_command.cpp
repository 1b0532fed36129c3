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
#include "cli/class_report.h"
#include "cli/commands.h"
#include "cli/evaluated_data.h"
#include "cli/number_report.h"
#include "cli/opened_checkpoint.h"
#include "cli/output_file.h"
#include "cli/predictions.h"
#include "cli/pruned_evaluation.h"
#include "cli/run_resources.h"
#include "cli/table/fitted_table.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text_layout.h"
#include "config/own_data.h"
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

Split split_of(const std::string& name) {
  if (name == "train") return Split::kTrain;
  return name == "validation" ? Split::kValidation : Split::kTest;
}

struct Evaluation {
  std::string part;  // of the data
  std::string device;
  LossSums sums;
  std::optional<ClassReport> classes;    // where the data has labels
  std::vector<NumberErrors> numbers;     // where it has numbers to predict
  std::vector<PrunedEvaluation> pruned;  // the network as it is first; none where none is asked for

  std::optional<double> accuracy() const {
    if (!classes) return std::nullopt;
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
                   {"split", evaluation.part},
                   {"device", evaluation.device},
                   {"samples", evaluation.sums.samples},
                   {"accuracy", accuracy ? Json(*accuracy) : Json()},
                   {"loss", evaluation.loss()}};
  if (evaluation.classes) {
    document["balanced_accuracy"] = evaluation.classes->balanced_accuracy();
    document["macro_f1"] = evaluation.classes->macro_f1();
    document["classes"] = evaluation.classes->classes_json(dataset.class_names);
    document["confusion"] = evaluation.classes->confusion_json();
  } else {
    document["classes"] = Json::array();
    document["targets"] = to_json(evaluation.numbers);
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
      fmt::format("{} of {}: {}loss {:.4f}, {} samples", evaluation.part, one_line(dataset.name),
                  of_all ? fmt::format("accuracy {:.4f}, ", *of_all) : "", evaluation.loss(),
                  evaluation.sums.samples),
      columns);
  if (!evaluation.pruned.empty()) {
    text += '\n' +
            fitted_paragraph(
                "Without the weights closest to zero of each sign of each hidden layer, untrained:",
                columns) +
            fitted(pruned_table(evaluation.pruned, of_all.has_value()), columns).text + '\n';
  }
  return text + (evaluation.classes ? evaluation.classes->text(dataset.class_names, columns)
                                    : to_text(evaluation.numbers, columns));
}

/// A user's own file is evaluated whole, unless a split of it is asked for: then it is the run's
/// data, wherever it lies now.
bool is_of_own_file(const EvalOptions& options, const Config& run) {
  const GivenFlag* const data = find_given(options.flags, "data");
  if (data == nullptr || !options.split.empty()) return false;
  return run.dataset == DatasetName::kCustom || means_own_data({}, options.flags);
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
  const Config config = evaluation_config(opened, options.flags);
  if (options.out != "-" && !options.out.empty()) {
    require_other_file(options.out, "--out", config.data);
    require_other_file(options.out, "--out", config.test);
  }
  auto backend = make_backend(config.device, backend_options(config));
  require_memory_of_evaluation(config, opened.checkpoint.network, !shares.empty());
  const bool is_own_file = is_of_own_file(options, opened.checkpoint.config);
  const std::string part = !options.split.empty() ? options.split : is_own_file ? "all" : "test";
  const Split split = is_own_file ? Split::kTest : split_of(part);
  const auto dataset = std::make_shared<const Dataset>(
      is_own_file ? own_samples(opened, config, LabelsWanted::kRequired).dataset
                  : fitting_dataset(opened, config, split));
  for (const std::string& note : dataset->notes) {
    std::cerr << "warning: " << one_line(note) << '\n';
  }
  if (!is_own_file) print_notes(differences_from_training(opened, *dataset, split), std::cerr);
  const SplitView samples = view(*dataset, split);
  require_memory_of_evaluation(config, opened.checkpoint.network, !shares.empty(), samples,
                               *dataset);

  backend->attach(dataset);
  backend->load(opened.checkpoint.network);
  std::vector<float> logits(samples.size() * dataset->classes());  // [samples][classes]
  const LossSums sums = backend->evaluate(split, logits);
  Evaluation evaluation;
  evaluation.part = part;
  evaluation.device = backend->capabilities().device;
  evaluation.sums = sums;
  if (dataset->has_targets()) {
    evaluation.numbers = number_errors(*dataset, samples, logits);
  } else {
    evaluation.classes.emplace(*dataset, samples, logits);
  }
  evaluation.pruned = pruned_evaluations(*backend, opened, sums, shares, split);
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

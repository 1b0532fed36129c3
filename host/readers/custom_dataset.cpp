#include "readers/custom_dataset.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/one_line.h"
#include "base/utf8.h"
#include "readers/answers.h"
#include "readers/own_files.h"
#include "readers/sample_rows.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "system/size_text.h"

namespace regrow {

std::string name_of_file(const std::string& path) {
  if (path == "-") return "standard input";
  std::filesystem::path file(path);
  if (file.filename().empty()) file = file.parent_path();  // of a folder with a slash at its end
  std::string name = file.filename().string();
  for (const char* end :
       {".gz", ".npz", ".npy", ".csv", ".tsv", ".txt", ".libsvm", ".svm", ".data"}) {
    if (name.size() > std::string(end).size() && name.ends_with(end)) {
      name.resize(name.size() - std::string(end).size());
    }
  }
  return name.empty() || name == "." || name == ".." ? "custom" : name;
}

namespace {

ReadRequest request_of(const DataConfig& config) {
  ReadRequest request;
  request.label = config.label;
  request.libsvm_features = static_cast<std::uint32_t>(config.libsvm_features);
  request.image_size = config.image_size;
  return request;
}

LabelledSamples labelled(RawSamples&& raw, LearntAnswers&& answers) {
  return {std::move(raw.features), std::move(answers.labels), std::move(answers.targets)};
}

/// Test samples in the kind of memory that the training samples are in.
void match_kinds(LabelledSamples& train, LabelledSamples& test, std::size_t features) {
  if (train.features.index() == test.features.index()) return;
  train.features = as_floats(std::move(train.features), features);
  test.features = as_floats(std::move(test.features), features);
}

void require_samples(const RawSamples& raw) {
  if (raw.samples > 0) return;
  throw Error(raw.source + ": has no samples; give a file that has some");
}

void split_off_test(Dataset& dataset, const DataConfig& config) {
  const std::vector<std::uint32_t> chosen =
      stratified(dataset.train.labels, config.test_split,
                 static_cast<std::uint64_t>(config.data_seed), Purpose::kTestSplit);
  if (chosen.empty()) {
    throw Error(
        fmt::format("{}: too few samples to hold out any for the test; give test samples with "
                    "--test",
                    config.data));
  }
  dataset.notes.push_back(fmt::format(
      "{}: names no test samples: {} of its {} are held out for the test, {:g} % of every class; "
      "see "
      "--test and --test-split",
      config.data, grouped(chosen.size()), grouped(dataset.train.size()), config.test_split * 100));
  auto [test, train] = parted(std::move(dataset.train), chosen, dataset.shape.features());
  dataset.test = std::move(test);
  dataset.train = std::move(train);
}

TrainedOn known_of(const Dataset& dataset) {
  return {.shape = dataset.shape,
          .order = dataset.order,
          .schema = dataset.schema,
          .class_names = dataset.class_names,
          .has_targets = dataset.has_targets()};
}

void add_notes(Dataset& dataset, std::vector<std::string>&& notes) {
  for (std::string& note : notes) dataset.notes.push_back(std::move(note));
}

void check_shape(const RawSamples& test, const Dataset& dataset, const std::string& train) {
  if (test.shape == dataset.shape) return;
  throw Error(
      fmt::format("{}: samples of {} features, but those of {} have {}; give files of the "
                  "same features",
                  test.source, inputs_text(test.shape), train, inputs_text(dataset.shape)));
}

/// What is written into checkpoints and records, which are UTF-8.
void require_utf8(const Dataset& dataset, const std::string& source) {
  const auto require = [&](const char* what, const std::string& name) {
    if (is_utf8(name)) return;
    throw Error(
        fmt::format("{}: the {} {} is not UTF-8; give it another name, or save the file as UTF-8",
                    source, what, one_line(name)));
  };
  for (const std::string& name : dataset.class_names) require("class", name);
  for (const DataColumn& column : dataset.schema.columns) {
    require("column", column.name);
    for (const std::string& category : column.categories) require("category", category);
  }
}

}  // namespace

Dataset load_custom(const DataConfig& config, bool predicts_numbers) {
  if (config.data.empty()) {
    throw Error("--dataset custom: names no file; give one, or a folder, with --data");
  }
  RawData raw = read_own_files(config.data, config.data_format, request_of(config));
  require_samples(raw.train);
  Dataset dataset;
  dataset.name = name_of_file(config.data);
  dataset.order = config.input_order;
  dataset.shape = raw.train.shape;
  dataset.schema = raw.train.schema;
  dataset.notes = std::move(raw.notes);
  LearntAnswers learnt = learn_answers(raw.train, predicts_numbers);
  dataset.class_names = learnt.class_names;
  add_notes(dataset, std::move(learnt.notes));
  require_utf8(dataset, config.data);
  dataset.train = labelled(std::move(raw.train), std::move(learnt));

  if (!config.test.empty()) {
    if (raw.test) {
      throw Error(
          fmt::format("--test {}: {} has test samples already; leave --test out, or give "
                      "training samples alone with --data",
                      config.test, config.data));
    }
    const TrainedOn known = known_of(dataset);
    ReadRequest request = request_of(config);
    request.known = &known;
    RawData other = read_own_files(config.test, config.data_format, request);
    raw.test = std::move(other.train);
    add_notes(dataset, std::move(other.notes));
  }
  if (raw.test) {
    require_samples(*raw.test);
    check_shape(*raw.test, dataset, config.data);
    LearntAnswers answers = known_answers(*raw.test, known_of(dataset));
    dataset.test = labelled(std::move(*raw.test), std::move(answers));
    match_kinds(dataset.train, dataset.test, dataset.shape.features());
  } else {
    split_off_test(dataset, config);
  }
  return dataset;
}

UnseenSamples load_unseen(const std::string& file, const DataConfig& config, const TrainedOn& known,
                          LabelsWanted labels) {
  ReadRequest request = request_of(config);
  request.known = &known;
  request.labels = labels;
  RawData raw = read_own_files(file, config.data_format, request);
  RawSamples& samples = raw.train;
  UnseenSamples unseen;
  unseen.has_labels = labels == LabelsWanted::kRequired;
  unseen.names = std::move(samples.names);
  Dataset& dataset = unseen.dataset;
  dataset.name = name_of_file(file);
  dataset.order = known.order;
  dataset.shape = known.shape;
  dataset.schema = known.schema;
  dataset.class_names = known.class_names;
  dataset.notes = std::move(raw.notes);
  check_shape(samples, dataset, "the training data");
  LearntAnswers answers;
  if (unseen.has_labels) {
    answers = known_answers(samples, known);
  } else {
    answers.labels.assign(samples.samples, 0);
    if (known.has_targets) answers.targets.assign(samples.samples * known.class_names.size(), 0);
  }
  dataset.test = labelled(std::move(samples), std::move(answers));
  return unseen;
}

}  // namespace regrow

// regrow predict: what a network says of the samples of a file, whose labels nobody needs to know.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/evaluated_data.h"
#include "cli/opened_checkpoint.h"
#include "cli/output_file.h"
#include "cli/predictions.h"
#include "cli/run_resources.h"
#include "cli/table/text_table.h"
#include "config/check_training.h"
#include "io/npy.h"
#include "regrow/backend.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// What is asked of every sample.
struct Wanted {
  std::size_t top = 1;
  bool probabilities = false;
};

/// The classes of the `top` largest outputs, of equal ones the first first.
std::vector<std::size_t> likeliest(std::span<const float> outputs, std::size_t top) {
  std::vector<std::size_t> classes(outputs.size());
  std::iota(classes.begin(), classes.end(), std::size_t{0});
  std::partial_sort(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(top),
                    classes.end(), [&](std::size_t a, std::size_t b) {
                      return outputs[a] != outputs[b] ? outputs[a] > outputs[b] : a < b;
                    });
  classes.resize(top);
  return classes;
}

/// Of the samples, one after the other.
template <typename Visit>
void for_each_sample(std::span<const float> outputs, std::size_t width, Visit visit) {
  for (std::size_t i = 0; i * width < outputs.size(); ++i) {
    visit(i, outputs.subspan(i * width, width));
  }
}

/// The first cells of a sample's line: its index and, where it is a file, the file.
std::string head_of_line(std::size_t i, std::span<const std::string> names) {
  return names.empty() ? std::to_string(i) : fmt::format("{},{}", i, csv_field(one_line(names[i])));
}

std::string numbers_as_csv(const Dataset& dataset, std::span<const std::string> names,
                           std::span<const float> outputs) {
  std::string csv = names.empty() ? "index" : "index,file";
  for (const std::string& name : dataset.class_names) csv += ',' + csv_field(name);
  csv += '\n';
  for_each_sample(outputs, dataset.classes(), [&](std::size_t i, std::span<const float> row) {
    csv += head_of_line(i, names);
    for (std::size_t k = 0; k < row.size(); ++k) {
      csv += fmt::format(",{:.9g}", dataset.target_scale.unscaled(k, row[k]));
    }
    csv += '\n';
  });
  return csv;
}

std::string classes_as_csv(const Dataset& dataset, std::span<const std::string> names,
                           std::span<const float> outputs, const Wanted& wanted) {
  std::string csv = names.empty() ? "index,prediction" : "index,file,prediction";
  if (wanted.top > 1) {
    csv += ",probability";
    for (std::size_t k = 2; k <= wanted.top; ++k) {
      csv += fmt::format(",prediction {},probability {}", k, k);
    }
  }
  if (wanted.probabilities) {
    for (const std::string& name : dataset.class_names)
      csv += ',' + csv_field("probability " + name);
  }
  csv += '\n';
  for_each_sample(outputs, dataset.classes(), [&](std::size_t i, std::span<const float> row) {
    csv += head_of_line(i, names);
    std::vector<double> probabilities;
    if (wanted.top > 1 || wanted.probabilities) probabilities = softmax(row);
    for (const std::size_t c : likeliest(row, wanted.top)) {
      csv += ',' + csv_field(dataset.class_names[c]);
      if (wanted.top > 1) csv += fmt::format(",{:.6g}", probabilities[c]);
    }
    if (wanted.probabilities) {
      for (const double value : probabilities) csv += fmt::format(",{:.6g}", value);
    }
    csv += '\n';
  });
  return csv;
}

std::string as_npy(const Dataset& dataset, std::span<const float> outputs, const Wanted& wanted) {
  const std::size_t width = dataset.classes();
  const std::uint64_t samples = outputs.size() / width;
  if (dataset.has_targets()) {
    std::vector<float> numbers;
    for_each_sample(outputs, width, [&](std::size_t /*i*/, std::span<const float> row) {
      for (std::size_t k = 0; k < width; ++k) {
        numbers.push_back(static_cast<float>(dataset.target_scale.unscaled(k, row[k])));
      }
    });
    return npy_file(numbers, std::array<std::uint64_t, 2>{samples, width});
  }
  if (wanted.probabilities) {
    std::vector<float> all;
    all.reserve(outputs.size());
    for_each_sample(outputs, width, [&](std::size_t /*i*/, std::span<const float> row) {
      for (const double value : softmax(row)) all.push_back(static_cast<float>(value));
    });
    return npy_file(all, std::array<std::uint64_t, 2>{samples, width});
  }
  std::vector<std::int64_t> classes;
  for_each_sample(outputs, width, [&](std::size_t /*i*/, std::span<const float> row) {
    for (const std::size_t c : likeliest(row, wanted.top)) {
      classes.push_back(static_cast<std::int64_t>(c));
    }
  });
  if (wanted.top == 1) return npy_file(classes, std::array<std::uint64_t, 1>{samples});
  return npy_file(classes, std::array<std::uint64_t, 2>{samples, wanted.top});
}

std::string format_of(const PredictOptions& options) {
  if (!options.format.empty()) return options.format;
  return options.out.ends_with(".npy") ? "npy" : "csv";
}

void check_wanted(const PredictOptions& options, const std::string& format,
                  const Checkpoint& checkpoint) {
  const bool asks_for_more = options.top > 1 || options.probabilities;
  const char* const flag = options.probabilities ? "--probabilities" : "--top";
  if (asks_for_more && checkpoint.config.loss == LossKind::kMse) {
    throw UsageError(fmt::format(
        "{}: the network was trained with --loss mse and knows no probabilities; leave it out",
        flag));
  }
  if (options.top > checkpoint.class_names.size()) {
    throw UsageError(fmt::format("--top {}: the network knows {} classes; ask for at most as many",
                                 options.top, checkpoint.class_names.size()));
  }
  if (format == "npy" && options.top > 1 && options.probabilities) {
    throw UsageError(
        "--top does not go with --probabilities in an .npy, which holds one array; leave "
        "one of them out, or write a CSV");
  }
}

void require_data(const PredictOptions& options) {
  const GivenFlag* const data = find_given(options.flags, "data");
  if (data == nullptr) {
    throw UsageError(
        "regrow predict: names no samples; give their file, or - for standard input, with "
        "--data");
  }
  if (data->value == "-" && options.checkpoint == "-") {
    throw UsageError(
        "--data -: the checkpoint is to come from the standard input, too; give one of "
        "them as a file");
  }
}

}  // namespace

int predict_command(const PredictOptions& options) {
  require_data(options);
  if (options.out != "-") require_output_file(options.out, "--out");
  OpenedCheckpoint opened = open_checkpoint(options.checkpoint, "best.safetensors");
  const std::string format = format_of(options);
  check_wanted(options, format, opened.checkpoint);
  const Config config = evaluation_config(opened, options.flags);
  if (options.out != "-") require_other_file(options.out, "--out", config.data);
  auto backend = make_backend(config.device, backend_options(config));
  UnseenSamples unseen = own_samples(opened, config, LabelsWanted::kIfThere);
  const auto dataset = std::make_shared<const Dataset>(std::move(unseen.dataset));
  for (const std::string& note : dataset->notes) {
    std::cerr << "warning: " << one_line(note) << '\n';
  }
  const SplitView samples = view(*dataset, Split::kTest);
  require_memory_of_evaluation(config, opened.checkpoint.network, false, samples, *dataset);

  backend->attach(dataset);
  backend->load(opened.checkpoint.network);
  std::vector<float> outputs(samples.size() * dataset->classes());  // [samples][classes]
  backend->evaluate(Split::kTest, outputs);
  const Wanted wanted{options.top, options.probabilities};
  const std::string text = format == "npy" ? as_npy(*dataset, outputs, wanted)
                           : dataset->has_targets()
                               ? numbers_as_csv(*dataset, unseen.names, outputs)
                               : classes_as_csv(*dataset, unseen.names, outputs, wanted);
  if (options.out == "-") {
    std::cout << text << std::flush;
  } else {
    write_output(options.out, "--out", text);
  }
  return 0;
}

}  // namespace regrow

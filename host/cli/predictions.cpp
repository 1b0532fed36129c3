#include "cli/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/table/text_table.h"

namespace regrow {

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

namespace {

/// One line a sample: its index, and every target beside its prediction.
std::string numbers_csv(const Dataset& dataset, const SplitView& samples,
                        std::span<const float> outputs) {
  const std::size_t width = dataset.classes();
  std::string csv = "index";
  for (const char* what : {"", "prediction of "}) {
    for (const std::string& name : dataset.class_names) csv += ',' + csv_field(what + name);
  }
  csv += '\n';
  const std::span<const float> targets = samples.samples->targets;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    csv += std::to_string(samples.sample(i));
    for (const auto row :
         {targets.subspan(samples.sample(i) * width, width), outputs.subspan(i * width, width)}) {
      for (std::size_t k = 0; k < width; ++k) {
        csv += fmt::format(",{:.9g}", dataset.target_scale.unscaled(k, row[k]));
      }
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace

std::size_t predicted(std::span<const float> logits) {
  return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::string predictions_csv(const Dataset& dataset, const SplitView& samples,
                            std::span<const float> logits, LossKind loss) {
  if (dataset.has_targets()) return numbers_csv(dataset, samples, logits);
  const std::size_t classes = dataset.classes();
  const bool is_probability = loss == LossKind::kCrossEntropy;
  std::string csv = "index,label,prediction";
  for (const std::string& name : dataset.class_names) {
    csv += ',' + csv_field((is_probability ? "probability " : "output ") + name);
  }
  csv += '\n';
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto row = logits.subspan(i * classes, classes);
    csv += fmt::format("{},{},{}", samples.sample(i), samples.label(i), predicted(row));
    const std::vector<double> values =
        is_probability ? softmax(row) : std::vector<double>(row.begin(), row.end());
    for (const double value : values) csv += fmt::format(",{:.6g}", value);
    csv += '\n';
  }
  return csv;
}

}  // namespace regrow

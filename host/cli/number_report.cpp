#include "cli/number_report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/one_line.h"
#include "cli/table/fitted_table.h"

namespace regrow {

std::vector<NumberErrors> number_errors(const Dataset& dataset, const SplitView& samples,
                                        std::span<const float> outputs) {
  const std::size_t width = dataset.classes();
  const auto count = static_cast<double>(samples.size());
  const auto target = [&](std::size_t i, std::size_t k) {
    return dataset.target_scale.unscaled(k,
                                         samples.samples->targets[samples.sample(i) * width + k]);
  };
  std::vector<NumberErrors> all;
  for (std::size_t k = 0; k < width; ++k) {
    double mean = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) mean += target(i, k) / count;
    double squares = 0, absolutes = 0, variation = 0;
    bool varies = false;  // beyond the rounding of the mean
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double error = target(i, k) - dataset.target_scale.unscaled(k, outputs[i * width + k]);
      squares += error * error;
      absolutes += std::abs(error);
      varies |= target(i, k) != target(0, k);
      variation += (target(i, k) - mean) * (target(i, k) - mean);
    }
    all.push_back({dataset.class_names[k], std::sqrt(squares / count), absolutes / count, {}});
    if (varies && variation > 0) all.back().r2 = 1 - squares / variation;
  }
  return all;
}

nlohmann::ordered_json to_json(std::span<const NumberErrors> errors) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const NumberErrors& one : errors) {
    list.push_back({{"target", one.name},
                    {"rmse", one.root_mean_square},
                    {"mae", one.mean_absolute},
                    {"r2", one.r2 ? Json(*one.r2) : Json()}});
  }
  return list;
}

std::string to_text(std::span<const NumberErrors> errors, std::optional<std::size_t> columns) {
  TextTable table;
  table.header = {"target", "RMSE", "MAE", "R²"};
  for (const NumberErrors& one : errors) {
    table.rows.push_back({one_line(one.name), fmt::format("{:.6g}", one.root_mean_square),
                          fmt::format("{:.6g}", one.mean_absolute),
                          one.r2 ? fmt::format("{:.4f}", *one.r2) : "-"});
  }
  return fitted(table, columns).text;
}

}  // namespace regrow

#include "cli/class_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>

#include "base/one_line.h"
#include "cli/predictions.h"
#include "cli/table/fitted_table.h"
#include "cli/terminal/text_layout.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

std::optional<double> share(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(all);
}

Json json_of(std::optional<double> value) { return value ? Json(*value) : Json(); }

std::string text_of(std::optional<double> value) {
  return value ? fmt::format("{:.4f}", *value) : "-";
}

template <typename Value>
double mean_of_classes(const ClassReport& report, std::size_t classes, Value value) {
  double sum = 0;
  std::size_t with_samples = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (report.samples(c) == 0) continue;
    sum += value(c).value_or(0);
    ++with_samples;
  }
  return with_samples == 0 ? 0 : sum / static_cast<double>(with_samples);
}

}  // namespace

ClassReport::ClassReport(const Dataset& dataset, const SplitView& samples,
                         std::span<const float> logits)
    : classes_(dataset.classes()), counts_(classes_ * classes_) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ++counts_[samples.label(i) * classes_ + predicted(logits.subspan(i * classes_, classes_))];
  }
}

std::uint64_t ClassReport::samples(std::size_t label) const {
  const auto row = counts_.begin() + static_cast<std::ptrdiff_t>(label * classes_);
  return std::accumulate(row, row + static_cast<std::ptrdiff_t>(classes_), std::uint64_t{0});
}

std::uint64_t ClassReport::predictions(std::size_t predicted) const {
  std::uint64_t sum = 0;
  for (std::size_t label = 0; label < classes_; ++label) sum += count(label, predicted);
  return sum;
}

std::optional<double> ClassReport::recall(std::size_t label) const {
  return share(count(label, label), samples(label));
}

std::optional<double> ClassReport::precision(std::size_t predicted) const {
  return share(count(predicted, predicted), predictions(predicted));
}

std::optional<double> ClassReport::f1(std::size_t label) const {
  return share(2 * count(label, label), samples(label) + predictions(label));
}

double ClassReport::balanced_accuracy() const {
  return mean_of_classes(*this, classes_, [&](std::size_t c) { return recall(c); });
}

double ClassReport::macro_f1() const {
  return mean_of_classes(*this, classes_, [&](std::size_t c) { return f1(c); });
}

Json ClassReport::classes_json(std::span<const std::string> names) const {
  Json list = Json::array();
  for (std::size_t c = 0; c < classes_; ++c) {
    list.push_back({{"class", names[c]},
                    {"samples", samples(c)},
                    {"accuracy", json_of(recall(c))},
                    {"precision", json_of(precision(c))},
                    {"f1", json_of(f1(c))}});
  }
  return list;
}

Json ClassReport::confusion_json() const {
  Json rows = Json::array();
  for (std::size_t label = 0; label < classes_; ++label) {
    Json row = Json::array();
    for (std::size_t predicted = 0; predicted < classes_; ++predicted) {
      row.push_back(count(label, predicted));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ClassReport::text(std::span<const std::string> names,
                              std::optional<std::size_t> columns) const {
  TextTable table;
  table.header = {"class", "samples", "accuracy", "precision", "F1"};
  for (std::size_t c = 0; c < classes_; ++c) {
    table.rows.push_back({one_line(names[c]), std::to_string(samples(c)), text_of(recall(c)),
                          text_of(precision(c)), text_of(f1(c))});
  }
  std::string text = fitted(table, columns).text;

  TextTable matrix;
  matrix.header = {"class"};
  for (std::size_t c = 0; c < classes_; ++c) matrix.header.push_back(one_line(names[c]));
  std::size_t width = 0;
  for (const std::string& name : matrix.header) width += std::max<std::size_t>(name.size(), 4) + 2;
  constexpr std::size_t kUsualColumns = 100;
  if (width <= columns.value_or(kUsualColumns)) {
    for (std::size_t label = 0; label < classes_; ++label) {
      matrix.rows.push_back({one_line(names[label])});
      for (std::size_t c = 0; c < classes_; ++c) {
        matrix.rows.back().push_back(std::to_string(count(label, c)));
      }
    }
    return text + '\n' +
           fitted_paragraph("Samples of each class (rows) by what they are taken for (columns):",
                            columns) +
           fitted(matrix, columns).text;
  }

  using Confusion =
      std::tuple<std::uint64_t, std::size_t, std::size_t>;  // samples, class, taken for
  std::vector<Confusion> confusions;
  for (std::size_t label = 0; label < classes_; ++label) {
    for (std::size_t c = 0; c < classes_; ++c) {
      if (c != label && count(label, c) > 0) confusions.emplace_back(count(label, c), label, c);
    }
  }
  if (confusions.empty()) return text;
  std::stable_sort(
      confusions.begin(), confusions.end(),
      [](const Confusion& a, const Confusion& b) { return std::get<0>(a) > std::get<0>(b); });
  constexpr std::size_t kShown = 10;
  TextTable most;
  most.header = {"class", "taken for", "samples"};
  for (std::size_t i = 0; i < std::min(kShown, confusions.size()); ++i) {
    const auto& [samples, label, c] = confusions[i];
    most.rows.push_back({one_line(names[label]), one_line(names[c]), std::to_string(samples)});
  }
  return text + '\n' + fitted_paragraph("Most often confused; all in --format json:", columns) +
         fitted(most, columns).text;
}

}  // namespace regrow

// What a classifier gets right and wrong, class by class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regrow/dataset.h"

namespace regrow {

/// Counts of samples by their class and the predicted one.
class ClassReport {
 public:
  /// logits: [samples][classes].
  ClassReport(const Dataset& dataset, const SplitView& samples, std::span<const float> logits);

  /// Samples of class `label` that are predicted as `predicted`.
  std::uint64_t count(std::size_t label, std::size_t predicted) const {
    return counts_[label * classes_ + predicted];
  }
  std::uint64_t samples(std::size_t label) const;
  std::uint64_t predictions(std::size_t predicted) const;
  /// Share of a class' samples that are predicted as such (its accuracy); of the predictions of a
  /// class, of which it is true; their harmonic mean. Nothing where there are none to divide by.
  std::optional<double> recall(std::size_t label) const;
  std::optional<double> precision(std::size_t predicted) const;
  std::optional<double> f1(std::size_t label) const;
  /// Means over the classes that have samples, each class counting alike; a precision or an F1 that
  /// is none counts as 0.
  double balanced_accuracy() const;
  double macro_f1() const;

  /// A list of objects, one a class.
  nlohmann::ordered_json classes_json(std::span<const std::string> names) const;
  /// Rows: classes of the samples; columns: predicted ones.
  nlohmann::ordered_json confusion_json() const;
  /// A row a class, then the confusion matrix or, where it would be wider than `columns`, the pairs
  /// of classes that are most often confused.
  std::string text(std::span<const std::string> names, std::optional<std::size_t> columns) const;

 private:
  std::size_t classes_;
  std::vector<std::uint64_t> counts_;  // [label][predicted]
};

}  // namespace regrow

// How far off a network is that predicts numbers.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regrow/dataset.h"

namespace regrow {

/// Of one of the numbers that are predicted.
struct NumberErrors {
  std::string name;
  double root_mean_square = 0;
  double mean_absolute = 0;
  /// Coefficient of determination, 1 − Σ(t − z)²/Σ(t − mean(t))²; nothing where all t are the same.
  std::optional<double> r2;
};

/// outputs: [samples][numbers].
std::vector<NumberErrors> number_errors(const Dataset& dataset, const SplitView& samples,
                                        std::span<const float> outputs);

nlohmann::ordered_json to_json(std::span<const NumberErrors> errors);
std::string to_text(std::span<const NumberErrors> errors, std::optional<std::size_t> columns);

}  // namespace regrow

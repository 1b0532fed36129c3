// A trainable array and what its optimiser keeps beside it.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace regrow {

/// The values of one trainable array, and the optimiser's slots: arrays of the same shape, in the
/// order of slot_names() (regrow/step/optimiser.h). Whatever happens to a value, that it moves,
/// drops or is saved, happens to its slots as well.
struct Parameter {
  std::vector<double> values;
  std::vector<std::vector<double>> slots;

  Parameter() = default;
  Parameter(std::vector<double> of_values, std::vector<std::vector<double>> of_slots)
      : values(std::move(of_values)), slots(std::move(of_slots)) {}
  /// `values` with so many slots, all of them 0.
  Parameter(std::vector<double> of_values, std::size_t slot_count)
      : values(std::move(of_values)), slots(slot_count, std::vector<double>(values.size())) {}

  std::size_t size() const { return values.size(); }
  bool operator==(const Parameter&) const = default;
};

}  // namespace regrow

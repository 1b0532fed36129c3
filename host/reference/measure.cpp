#include "reference/measure.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "regrow/error.h"

namespace regrow::reference {
namespace {

void count_sign(double weight, WeightCounts& counts) {
  counts.negatives += weight < 0 ? 1 : 0;
  counts.positives += weight > 0 ? 1 : 0;
  counts.zeros += weight == 0 ? 1 : 0;
}

std::uint64_t count_non_finite(const std::vector<double>& values) {
  std::uint64_t count = 0;
  for (const double value : values) count += std::isfinite(value) ? 0 : 1;
  return count;
}

// The values and slots that are not finite. Where there is no connection they are 0.
std::uint64_t count_non_finite(const Parameter& parameter) {
  std::uint64_t count = count_non_finite(parameter.values);
  for (const std::vector<double>& slot : parameter.slots) count += count_non_finite(slot);
  return count;
}

WeightCounts weight_counts(const ReferenceLayer& layer) {
  WeightCounts counts;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    const double weight = layer.weights.values[cell];
    if (layer.mask[cell] && std::isfinite(weight)) count_sign(weight, counts);
  }
  counts.non_finite = count_non_finite(layer.weights) + count_non_finite(layer.biases);
  for (const Parameter& parameter : layer.activation_parameters) {
    counts.non_finite += count_non_finite(parameter);
  }
  return counts;
}

bool has_prefix(std::uint64_t key, const MagnitudeDigit& digit) {
  return key >> (digit.shift + digit.width) == digit.prefix;
}

void check(const MagnitudeDigit& digit) {
  REGROW_CHECK(digit.key_bits == 31 || digit.key_bits == 63, "a magnitude has 31 or 63 bits");
  REGROW_CHECK(digit.width <= 11 && digit.shift <= digit.key_bits - digit.width,
               "a digit lies beyond its key");
}

}  // namespace

std::vector<std::size_t> candidate_cells(const ReferenceLayer& layer,
                                         const CellList& protected_cells) {
  std::vector<std::uint8_t> may_drop = layer.mask;
  for (std::size_t i = 0; i < protected_cells.size(); ++i) {
    const std::uint64_t cell = protected_cells[i];
    REGROW_CHECK(cell < layer.cell_count() && layer.mask[cell], "a protected cell is inactive");
    REGROW_CHECK(i == 0 || protected_cells[i - 1] < cell, "protected cells must ascend");
    may_drop[cell] = 0;
  }
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (may_drop[cell]) cells.push_back(cell);
  }
  return cells;
}

std::uint64_t magnitude_key(double weight, std::uint32_t key_bits) {
  if (key_bits == 63) return std::bit_cast<std::uint64_t>(std::abs(weight));
  return std::bit_cast<std::uint32_t>(std::abs(static_cast<float>(weight)));
}

LayerMeasures measure(const ReferenceLayer& layer, const CellList& protected_cells,
                      const std::optional<MagnitudeDigit>& digit) {
  LayerMeasures measures;
  measures.weights = weight_counts(layer);
  if (layer.kind == LayerKind::kDense) return measures;
  if (digit) {
    check(*digit);
    measures.magnitudes.assign(std::size_t{1} << digit->width, 0);
  }
  for (const std::size_t cell : candidate_cells(layer, protected_cells)) {
    const double weight = layer.weights.values[cell];
    if (std::isfinite(weight)) count_sign(weight, measures.candidates);
    if (!digit) continue;
    const std::uint64_t key = magnitude_key(weight, digit->key_bits);
    if (!has_prefix(key, *digit)) continue;
    measures.magnitudes[key >> digit->shift & (measures.magnitudes.size() - 1)] += 1;
  }
  return measures;
}

}  // namespace regrow::reference

// The rows of a study against their baselines.
#include "study/comparisons.h"

#include <algorithm>
#include <cmath>

#include "statistics/correlation.h"
#include "statistics/holm.h"

namespace regrow {
namespace {

using MaybeP = std::optional<double>;

/// Sets `corrected` to the p values' correction over all comparisons.
template <typename P>
void correct(std::vector<Comparison>& comparisons, P p, MaybeP Comparison::*corrected) {
  std::vector<MaybeP> values(comparisons.size());
  std::transform(comparisons.begin(), comparisons.end(), values.begin(), p);
  const std::vector<MaybeP> holm = holm_corrected(values);
  for (std::size_t i = 0; i < comparisons.size(); ++i) comparisons[i].*corrected = holm[i];
}

}  // namespace

Comparison compare(const Row& row, const Row& baseline, Quantity quantity) {
  Comparison comparison;
  comparison.row = &row;
  comparison.baseline = &baseline;
  comparison.quantity = quantity;
  std::vector<std::pair<double, double>> pairs;
  std::vector<double> differences;
  double magnitude = 0;
  for (const RunResult& run : row.runs) {
    const auto partner =
        std::find_if(baseline.runs.begin(), baseline.runs.end(),
                     [&](const RunResult& each) { return same_seeds(each.config, run.config); });
    if (partner == baseline.runs.end()) continue;
    const auto value = run[quantity];
    const auto other = (*partner)[quantity];
    if (!value || !other) continue;
    pairs.emplace_back(*value, *other);
    differences.push_back(*value - *other);
    magnitude = std::max({magnitude, std::abs(*value), std::abs(*other)});
  }
  comparison.paired = paired_t_test(differences, magnitude);
  if (pairs.size() < kFewestSeeds) {
    comparison.paired.p.reset();
    comparison.paired.half_width.reset();
  } else {
    comparison.correlation = correlation(pairs);
  }
  const Moments of_row = row.of(quantity);
  const Moments of_baseline = baseline.of(quantity);
  comparison.welch = welch_t_test(of_row, of_baseline);
  if (std::min(of_row.n, of_baseline.n) < kFewestSeeds) {
    comparison.welch.degrees_of_freedom.reset();
    comparison.welch.p.reset();
  }
  return comparison;
}

std::vector<Comparison> compare_all(std::span<const Row> rows, BaselineKind kind,
                                    std::optional<double> margin) {
  std::vector<Comparison> comparisons;
  const std::vector<const Row*> baselines = baselines_of(rows, kind);
  for (const Row& row : rows) {
    const Row* const baseline = baselines[static_cast<std::size_t>(&row - rows.data())];
    if (baseline == nullptr) continue;
    for (const Quantity quantity : kComparedQuantities) {
      Comparison& comparison = comparisons.emplace_back(compare(row, *baseline, quantity));
      if (margin && quantity == Quantity::kAccuracy) {
        comparison.non_inferior = non_inferiority_p(comparison.paired, *margin / 100);
      }
    }
  }
  correct(
      comparisons, [](const Comparison& each) { return each.paired.p; }, &Comparison::paired_holm);
  correct(
      comparisons, [](const Comparison& each) { return each.welch.p; }, &Comparison::welch_holm);
  correct(
      comparisons, [](const Comparison& each) { return each.non_inferior; },
      &Comparison::non_inferior_holm);
  return comparisons;
}

std::size_t count_of(std::span<const Comparison> comparisons, MaybeP Comparison::*corrected) {
  return static_cast<std::size_t>(
      std::count_if(comparisons.begin(), comparisons.end(),
                    [&](const Comparison& each) { return (each.*corrected).has_value(); }));
}

}  // namespace regrow

// Which connections go: sort the candidates, take the first.
#include "reference/drop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "regrow/error.h"

namespace regrow::reference {

namespace {

bool is_any(double) { return true; }
bool is_negative(double weight) { return weight < 0; }
bool is_positive(double weight) { return weight > 0; }
bool is_zero(double weight) { return weight == 0; }

// The active cells whose weight passes `condition`, in ascending order.
std::vector<std::size_t> cells_where(const ReferenceLayer& layer, bool (*condition)(double)) {
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (layer.mask[cell] && condition(layer.weights[cell])) cells.push_back(cell);
  }
  return cells;
}

// Drops `count` of `cells` by rising |w|; stable, so ties go to the lower cell index first.
void drop_smallest(std::vector<std::size_t> cells, std::uint64_t count, ReferenceLayer& layer,
                   DropReport& report) {
  REGROW_CHECK(count <= cells.size(), "a drop plan asks for more weights than there are");
  std::stable_sort(cells.begin(), cells.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(layer.weights[a]) < std::abs(layer.weights[b]);
  });
  cells.resize(count);
  for (const std::size_t cell : cells) {
    const double weight = layer.weights[cell];
    report.negatives += weight < 0 ? 1 : 0;
    report.positives += weight > 0 ? 1 : 0;
    report.zeros += weight == 0 ? 1 : 0;
    layer.mask[cell] = 0;
    layer.weights[cell] = 0;
  }
}

}  // namespace

WeightCounts count_weights(const ReferenceLayer& layer) {
  WeightCounts counts;
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!layer.mask[cell]) continue;
    const double weight = layer.weights[cell];
    if (std::isfinite(weight)) {
      counts.negatives += weight < 0 ? 1 : 0;
      counts.positives += weight > 0 ? 1 : 0;
      counts.zeros += weight == 0 ? 1 : 0;
    } else {
      counts.non_finite += 1;
    }
    counts.non_finite += std::isfinite(layer.momentum[cell]) ? 0 : 1;
  }
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    counts.non_finite += std::isfinite(layer.biases[o]) ? 0 : 1;
    counts.non_finite += std::isfinite(layer.bias_momentum[o]) ? 0 : 1;
  }
  return counts;
}

DropReport drop(DropRule rule, const LayerDrop& counts, ReferenceLayer& layer) {
  DropReport report;
  if (layer.kind == LayerKind::kSparse) {
    if (rule == DropRule::kPerSign) {
      const std::vector<std::size_t> zeros = cells_where(layer, is_zero);
      drop_smallest(cells_where(layer, is_negative), counts.negatives, layer, report);
      drop_smallest(cells_where(layer, is_positive), counts.positives, layer, report);
      drop_smallest(zeros, zeros.size(), layer, report);
    } else {
      drop_smallest(cells_where(layer, is_any), counts.smallest, layer, report);
    }
  }
  report.remaining = cells_where(layer, is_any).size();
  return report;
}

}  // namespace regrow::reference

// Which connections go: sort the candidates, take the first.
#include "reference/drop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "reference/measure.h"
#include "regrow/error.h"

namespace regrow::reference {

namespace {

using Cells = std::vector<std::size_t>;  // ascending

bool is_negative(double weight) { return weight < 0; }
bool is_positive(double weight) { return weight > 0; }
bool is_zero(double weight) { return weight == 0; }

Cells cells_where(const Cells& cells, const ReferenceLayer& layer, bool (*condition)(double)) {
  Cells chosen;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(chosen),
               [&](std::size_t cell) { return condition(layer.weights.values[cell]); });
  return chosen;
}

// Drops `count` of `cells` by rising |w|; stable, so ties go to the lower cell index first.
void drop_smallest(Cells cells, std::uint64_t count, ReferenceLayer& layer, Drop& result) {
  REGROW_CHECK(count <= cells.size(), "a plan drops more weights than may drop");
  std::stable_sort(cells.begin(), cells.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(layer.weights.values[a]) < std::abs(layer.weights.values[b]);
  });
  cells.resize(count);
  for (const std::size_t cell : cells) {
    const double weight = layer.weights.values[cell];
    result.report.negatives += weight < 0 ? 1 : 0;
    result.report.positives += weight > 0 ? 1 : 0;
    result.report.zeros += weight == 0 ? 1 : 0;
    result.cells.push_back(cell);
    layer.mask[cell] = 0;
    layer.weights.values[cell] = 0;
  }
}

}  // namespace

Drop drop(DropGroups groups, const LayerEvolution& plan, ReferenceLayer& layer) {
  Drop result;
  if (layer.kind == LayerKind::kSparse) {
    const Cells candidates = candidate_cells(layer, plan.protected_cells);
    if (groups == DropGroups::kBySign) {
      const Cells zeros = cells_where(candidates, layer, is_zero);
      const Cells negatives = cells_where(candidates, layer, is_negative);
      const Cells positives = cells_where(candidates, layer, is_positive);
      drop_smallest(negatives, plan.drop.negatives, layer, result);
      drop_smallest(positives, plan.drop.positives, layer, result);
      drop_smallest(zeros, zeros.size(), layer, result);
    } else {
      drop_smallest(candidates, plan.drop.smallest, layer, result);
    }
    std::sort(result.cells.begin(), result.cells.end());
  }
  result.report.remaining =
      static_cast<std::uint64_t>(std::count(layer.mask.begin(), layer.mask.end(), 1));
  return result;
}

}  // namespace regrow::reference

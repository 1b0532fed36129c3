#include "reference/evolve.h"

#include <utility>
#include <vector>

#include "reference/drop.h"
#include "reference/grow.h"

namespace regrow::reference {

EvolutionReport evolve(const EvolutionPlan& plan, std::uint32_t layer_index,
                       const LayerBatch* batch, ReferenceLayer& layer) {
  const bool keeps_weights = plan.newborn.keep_weights_of_regrown;
  const std::vector<double> before = keeps_weights ? layer.weights.values : std::vector<double>();
  Drop dropped = drop(plan.groups, plan.layers[layer_index], layer);
  Growth growth = grow(plan, layer_index, dropped.cells, layer, batch);
  for (const std::uint64_t cell : keeps_weights ? dropped.cells : CellList()) {
    if (layer.mask[cell]) layer.weights.values[cell] = before[cell];
  }
  EvolutionReport report{dropped.report, growth.report, {}, {}};
  if (plan.reports_cells) {
    report.dropped_cells = std::move(dropped.cells);
    report.grown_cells = std::move(growth.cells);
  }
  return report;
}

}  // namespace regrow::reference

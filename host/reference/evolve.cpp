#include "reference/evolve.h"

#include <utility>

#include "reference/drop.h"
#include "reference/grow.h"

namespace regrow::reference {

EvolutionReport evolve(const EvolutionPlan& plan, std::uint32_t layer_index,
                       ReferenceLayer& layer) {
  const Drop dropped = drop(plan.groups, plan.layers[layer_index], layer);
  Growth growth = grow(plan, layer_index, dropped.cells, layer);
  EvolutionReport report{dropped.report, growth.report, {}};
  if (plan.reports_cells) report.grown_cells = std::move(growth.cells);
  return report;
}

}  // namespace regrow::reference

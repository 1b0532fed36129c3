#include "evolve/evolve.h"

#include <span>
#include <utility>

#include "evolve/cells.h"
#include "evolve/drop.h"
#include "evolve/grow_by_gradient.h"
#include "evolve/place.h"
#include "regrow/error.h"

namespace regrow::cuda {
EvolvedConnections evolve(Connections before, const EvolutionPlan& plan, const LayerShape& shape,
                          MaskBudget budget, const Stream& stream, const ScoredBatch* scored) {
  REGROW_CHECK(shape.index < plan.layers.size(), "a plan lacks a layer");
  const LayerEvolution& layer = plan.layers[shape.index];
  const Cells protected_cells(std::span<const std::uint64_t>(layer.protected_cells),
                              "protected cells", stream);
  EvolvedConnections result;
  const DropOutcome outcome = drop(before, plan.groups, layer.drop, set_of(protected_cells), stream,
                                   plan.newborn.keep_weights_of_regrown);
  result.report.dropped = outcome.report;
  // Memory is short here: of what was there before only the cells are kept, and those only where
  // what has just dropped may not grow.
  const Cells cells_before = plan.growth.regrow_dropped ? Cells() : std::move(before.cells);
  const CellSet taken = plan.growth.regrow_dropped ? outcome.kept.cell_set()
                                                   : CellSet{cells_before.data(), before.count};
  before = {};
  REGROW_CHECK(!plan.growth.rule.by_gradient || scored != nullptr,
               "growth by gradient needs the batch of differentiate()");
  const GrowingCells growing =
      plan.growth.rule.by_gradient
          ? choose_by_gradient(taken, plan, shape, *scored, stream)
          : choose_growing_cells(outcome.kept.cell_set(), taken, plan, shape, budget, stream);
  result.report.grown = growing.report;
  if (plan.reports_cells) {
    result.report.dropped_cells = outcome.dropped.cells.download(outcome.dropped.count);
    result.report.grown_cells = growing.cells.download();
  }
  result.connections = place(outcome.kept, outcome.dropped, growing.cells, plan, shape, stream);
  return result;
}

}  // namespace regrow::cuda

// Which cells grow: take from the classes of eligible cells. The walk over the classes is written
// here once more, and plainly: the fast back ends share one, and this is what it is tested against.
#include "reference/grow.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "reference/candidates.h"
#include "reference/score.h"
#include "regrow/bijection.h"
#include "regrow/error.h"
#include "regrow/philox.h"

namespace regrow::reference {

namespace {

using Cells = CellList;  // ascending

// Appends cells[B(k)], k < count.
void take_random(const Cells& cells, std::uint64_t count, const Bijection& bijection,
                 Cells& taken) {
  for (std::uint64_t k = 0; k < count; ++k) taken.push_back(cells[bijection(k)]);
}

void connect(const NewbornValues& newborn, const Cells& grown, ReferenceLayer& layer) {
  for (const std::uint64_t cell : grown) {
    layer.mask[cell] = 1;
    layer.weights.values[cell] = 0;
  }
  const Cells& cleared = newborn.keep_slots_of_regrown ? Cells() : grown;
  for (std::vector<double>& slot : layer.weights.slots) {
    for (const std::uint64_t cell : cleared) slot[cell] = 0;
    for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
      if (!layer.mask[cell]) slot[cell] = 0;
    }
  }
}

void draw_weights(const EvolutionPlan& plan, std::uint32_t layer_index, const Cells& grown,
                  ReferenceLayer& layer) {
  for (const std::uint64_t cell : grown) {
    const std::uint64_t out = cell / layer.inputs;
    std::uint64_t fan_in = 0;
    for (std::uint64_t in = 0; in < layer.inputs; ++in) {
      fan_in += layer.mask[cell_index(out, in, layer.inputs)];
    }
    const PhiloxBlock block =
        random_block(plan.seed, plan.time.grown_weight(), layer_index, plan.time.number, cell);
    const double limit = init_limit(plan.newborn.init, layer.inputs, layer.outputs, fan_in);
    layer.weights.values[cell] = init_weight(limit, block[0]);
  }
}

// The cells that the rule's classes give, at most `wanted`.
Cells of_classes(const EvolutionPlan& plan, std::uint32_t layer_index, const ReferenceLayer& layer,
                 const Cells& eligible, std::uint64_t wanted) {
  const GrowthSource& source = plan.growth;
  Cells grown;
  const auto classes =
      classes_by_rank(layer, eligible, source.neighbour_space(layer_index), source.rule);
  for (const auto& [rank, cells] : classes) {
    const std::uint64_t missing = wanted - grown.size();
    if (missing >= cells.size()) {
      grown.insert(grown.end(), cells.begin(), cells.end());
    } else if (source.tie == TieRule::kByIndex) {
      grown.insert(grown.end(), cells.begin(), cells.begin() + static_cast<std::int64_t>(missing));
    } else {
      take_random(cells, missing,
                  Bijection(cells.size(), plan.seed, plan.time.grow(), layer_index,
                            plan.time.number, static_cast<std::uint32_t>(rank)),
                  grown);
    }
  }
  return grown;
}

}  // namespace

Growth grow(const EvolutionPlan& plan, std::uint32_t layer_index, const CellList& dropped,
            ReferenceLayer& layer, const LayerBatch* batch) {
  Growth growth;
  if (layer.kind == LayerKind::kDense) return growth;
  const std::uint64_t wanted = plan.layers[layer_index].grow;
  const Cells eligible = eligible_cells(layer, plan.growth.regrow_dropped ? Cells() : dropped);
  REGROW_CHECK(wanted <= eligible.size(), "a plan grows more cells than are eligible");

  Cells& grown = growth.cells;
  if (!plan.growth.rule.by_gradient) {
    grown = of_classes(plan, layer_index, layer, eligible, wanted);
  } else if (wanted > 0) {
    REGROW_CHECK(batch != nullptr, "growth by gradient needs the batch of differentiate()");
    const Cells scored = candidates(plan, layer_index, layer, eligible);
    growth.report.scored = scored.size();
    grown = highest(layer, *batch, scored, wanted);
  }
  growth.report.filled = wanted - grown.size();
  if (growth.report.filled > 0) {
    const Cells others = without(eligible, grown);
    take_random(
        others, growth.report.filled,
        Bijection(others.size(), plan.seed, plan.time.shortfall(), layer_index, plan.time.number),
        grown);
  }
  growth.report.grown = grown.size();
  std::sort(grown.begin(), grown.end());

  connect(plan.newborn, grown, layer);
  if (plan.newborn.fresh_weights) draw_weights(plan, layer_index, grown, layer);
  return growth;
}

}  // namespace regrow::reference

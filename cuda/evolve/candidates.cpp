#include "evolve/candidates.h"

#include <memory>
#include <utility>

#include "evolution/class_walk.h"
#include "evolve/neighbours.h"
#include "evolve/ranks.h"

namespace regrow::cuda {
namespace {

// The classes of a layer, of which a rule that ignores neighbours knows one.
class Classes {
 public:
  Classes(const CellSet& active, const CellSet& taken, const EvolutionPlan& plan,
          const LayerShape& shape, MaskBudget budget, const Stream& stream)
      : taken_(taken), stream_(&stream) {
    if (plan.growth.rule.ignores_neighbours()) {
      sizes_[0] = std::uint64_t{shape.inputs} * shape.outputs - taken.count;
      return;
    }
    const NeighbourSpace space = plan.growth.neighbour_space(shape.index);
    by_neighbours_ = !space.in_image && mask_bytes(shape) <= budget.bytes
                         ? count_in_mask(active, taken, shape, space.around, stream)
                         : count_from_cells(active, taken, shape, space, stream);
    sizes_ = by_neighbours_->sizes();
  }

  const ClassSizes& sizes() const { return sizes_; }

  Cells select(const ClassChoice& choice) const {
    const Cells ranks = ranks_of(choice.ranks, *stream_);
    return by_neighbours_ == nullptr ? cells_outside(taken_, ranks, *stream_)
                                     : by_neighbours_->select(choice.counts, ranks);
  }

 private:
  CellSet taken_;
  const Stream* stream_;
  std::unique_ptr<NeighbourClasses> by_neighbours_;
  ClassSizes sizes_{};
};

}  // namespace

GrowingCells choose_growing_cells(const CellSet& active, const CellSet& taken,
                                  const EvolutionPlan& plan, const LayerShape& shape,
                                  MaskBudget budget, const Stream& stream) {
  GrowingCells growing;
  if (plan.layers[shape.index].grow == 0) return growing;
  const Classes classes(active, taken, plan, shape, budget, stream);
  const GrowthChoice choice = choose_growth(plan, shape.index, classes.sizes());
  growing.report = choice.report;
  const auto add = [&](Cells cells) {
    growing.cells = growing.cells.size() == 0
                        ? std::move(cells)
                        : merge_cells(set_of(growing.cells), set_of(cells), stream);
  };
  for (const ClassChoice& members : choice.classes) add(classes.select(members));
  if (choice.fill) growing.cells = filled_up(std::move(growing.cells), taken, *choice.fill, stream);
  return growing;
}

}  // namespace regrow::cuda

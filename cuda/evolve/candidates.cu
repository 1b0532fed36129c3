#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/algorithms.h"
#include "evolution/class_walk.h"
#include "evolve/candidates.h"
#include "evolve/neighbours.h"
#include "evolve/per_element.h"
#include "regrow/bijection.h"

namespace regrow::cuda {
namespace {

__global__ void feistel_kernel(FeistelNetwork network, std::size_t count, std::uint64_t* images) {
  const std::size_t k = element_index();
  if (k < count) images[k] = network(k);
}

// The first `count` images of the bijection, sorted.
Cells images(const Bijection& bijection, std::uint64_t count, const Stream& stream) {
  if (bijection.is_small()) {
    const auto first = bijection.table().begin();
    std::vector<std::uint64_t> table(first, first + static_cast<std::ptrdiff_t>(count));
    std::sort(table.begin(), table.end());
    return {std::span<const std::uint64_t>(table), "ranks of cells", stream};
  }
  Cells images(count, "ranks of cells", stream);
  launch_per_element(count, stream, feistel_kernel, bijection.feistel(), count, images.data());
  sort(images.data(), count, stream);
  return images;
}

// Ascending.
Cells ranks_of(const RankChoice& choice, const Stream& stream) {
  return choice.bijection ? images(*choice.bijection, choice.count, stream)
                          : counted_up(choice.count, stream);
}

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
  if (choice.fill) {
    const Cells excluded = merge_cells(taken, set_of(growing.cells), stream);
    add(cells_outside(set_of(excluded), ranks_of(*choice.fill, stream), stream));
  }
  return growing;
}

}  // namespace regrow::cuda

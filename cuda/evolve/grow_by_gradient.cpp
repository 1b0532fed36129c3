#include "evolve/grow_by_gradient.h"

#include <algorithm>
#include <utility>

#include "evolve/draws.h"
#include "evolve/ranks.h"
#include "evolve/score.h"
#include "evolve/top_k.h"
#include "regrow/bijection.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

std::uint64_t cell_count(const LayerShape& shape) {
  return std::uint64_t{shape.inputs} * shape.outputs;
}

std::uint32_t whole_tiles(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::max<std::uint64_t>(count / kScoreTile * kScoreTile, kScoreTile));
}

/// The largest rectangle that a layer is scored by: of whole tiles but at its edges, and of whole
/// rows where those of a row of tiles are not too many.
CellRectangle largest_rectangle(const LayerShape& shape, std::uint64_t at_once) {
  CellRectangle largest;
  largest.inputs = std::min(shape.inputs, whole_tiles(at_once / kScoreTile));
  largest.outputs =
      largest.inputs < shape.inputs ? kScoreTile : whole_tiles(at_once / shape.inputs);
  largest.outputs = std::min(largest.outputs, shape.outputs);
  return largest;
}

/// The best of one layer.
class Search {
 public:
  Search(const CellSet& taken, const EvolutionPlan& plan, const LayerShape& shape,
         const ScoredBatch& scored, const Stream& stream)
      : taken_(taken), plan_(plan), shape_(shape), scored_(scored), stream_(stream) {}

  struct Found {
    Cells cells;  // ascending
    std::uint64_t scored = 0;
  };

  Found best(std::uint64_t wanted) const {
    const std::uint64_t eligible = cell_count(shape_) - taken_.count;
    const CandidateLaw law = plan_.growth.candidates;
    const std::uint64_t drawn = plan_.layers[shape_.index].candidates.count;
    if (law == CandidateLaw::kAll || (law == CandidateLaw::kUniform && drawn >= eligible)) {
      return {of_all(wanted), eligible};
    }
    if (law == CandidateLaw::kUniform) return {of_sample(wanted, eligible, drawn), drawn};
    const Cells cells = drawn_cells(plan_, shape_, taken_, stream_);
    return {of_list(wanted, cells), cells.size()};
  }

 private:
  Cells of_all(std::uint64_t wanted) const {
    const CellRectangle largest = largest_rectangle(shape_, scored_.at_once);
    DeviceArray<std::uint32_t> row_begin(std::size_t{shape_.outputs} + 1, "row offsets", stream_);
    row_offsets(taken_, shape_.inputs, row_begin.size(), row_begin.data(), stream_);
    const TakenCells taken = {taken_, row_begin.data()};
    TopK best(wanted, cell_count(shape_), largest.cells(), stream_);
    CellRectangle part;
    for (std::uint64_t output = 0; output < shape_.outputs; output += largest.outputs) {
      part.first_output = static_cast<std::uint32_t>(output);
      part.outputs = std::min(largest.outputs, shape_.outputs - part.first_output);
      for (std::uint64_t input = 0; input < shape_.inputs; input += largest.inputs) {
        part.first_input = static_cast<std::uint32_t>(input);
        part.inputs = std::min(largest.inputs, shape_.inputs - part.first_input);
        score_rectangle(scored_.batch, shape_.inputs, part, taken, best.sink(part.cells()),
                        stream_);
      }
    }
    return best.take();
  }

  Cells of_sample(std::uint64_t wanted, std::uint64_t eligible, std::uint64_t count) const {
    const Bijection bijection(eligible, plan_.seed, Purpose::kCandidates, shape_.index,
                              plan_.time.number);
    const std::uint64_t at_once = std::min<std::uint64_t>(scored_.at_once, count);
    TopK best(wanted, count, at_once, stream_);
    for (std::uint64_t first = 0; first < count; first += at_once) {
      const Cells ranks = images(bijection, first, std::min(at_once, count - first), stream_);
      const Cells cells = cells_outside(taken_, ranks, stream_);
      score_cells(scored_.batch, shape_.inputs, set_of(cells), best.sink(cells.size()), stream_);
    }
    return best.take();
  }

  Cells of_list(std::uint64_t wanted, const Cells& cells) const {
    const std::size_t at_once = std::min(scored_.at_once, cells.size());
    TopK best(wanted, cells.size(), at_once, stream_);
    for (std::size_t first = 0; first < cells.size(); first += at_once) {
      const CellSet part = {cells.data() + first, std::min(at_once, cells.size() - first)};
      score_cells(scored_.batch, shape_.inputs, part, best.sink(part.count), stream_);
    }
    return best.take();
  }

  CellSet taken_;
  const EvolutionPlan& plan_;
  const LayerShape& shape_;
  const ScoredBatch& scored_;
  const Stream& stream_;
};

}  // namespace

GrowingCells choose_by_gradient(const CellSet& taken, const EvolutionPlan& plan,
                                const LayerShape& shape, const ScoredBatch& scored,
                                const Stream& stream) {
  const std::uint64_t wanted = plan.layers[shape.index].grow;
  const std::uint64_t eligible = cell_count(shape) - taken.count;
  REGROW_CHECK(wanted <= eligible, "a plan grows more cells than are eligible");
  GrowingCells growing;
  if (wanted == 0) return growing;
  Search::Found found = Search(taken, plan, shape, scored, stream).best(wanted);
  growing.cells = std::move(found.cells);
  growing.report = {wanted, wanted - growing.cells.size(), found.scored};
  if (growing.report.filled > 0) {
    const std::uint64_t others = eligible - growing.cells.size();
    const RankChoice fill = {
        others, growing.report.filled,
        Bijection(others, plan.seed, plan.time.shortfall(), shape.index, plan.time.number)};
    growing.cells = filled_up(std::move(growing.cells), taken, fill, stream);
  }
  return growing;
}

std::uint64_t growth_by_gradient_bytes(const LayerShape& shape, std::uint64_t grown,
                                       std::uint64_t drawn, std::size_t at_once) {
  const std::uint64_t cells = cell_count(shape);
  const std::uint64_t wanted = std::min(grown, cells);
  const std::uint64_t piece = std::min<std::uint64_t>(at_once, std::min(drawn, cells));
  const std::uint64_t of_all =
      (std::uint64_t{shape.outputs} + 1) * sizeof(std::uint32_t) +
      TopK::bytes(wanted, cells, largest_rectangle(shape, at_once).cells());
  // Ranks, and cells or what sorts the ranks.
  const std::uint64_t of_sample =
      2 * sizeof(std::uint64_t) * piece + TopK::bytes(wanted, drawn, piece);
  const std::uint64_t of_draws =
      std::max(drawing_bytes(shape, drawn),
               sizeof(std::uint64_t) * drawn + TopK::bytes(wanted, drawn, piece));
  // Where as many are taken as grow: both as one, what has grown, ranks and what sorts them, the
  // cells that fill, and all.
  const std::uint64_t of_fill = 7 * sizeof(std::uint64_t) * wanted;
  return std::max({of_all, of_sample, of_draws, of_fill});
}

}  // namespace regrow::cuda

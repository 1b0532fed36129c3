// Neighbours counted by listing those of every active cell: nothing follows the number of cells.
#include <algorithm>
#include <vector>

#include "common/algorithms.h"
#include "evolve/cells.h"
#include "evolve/neighbours.h"
#include "evolve/per_element.h"
#include "regrow/error.h"
#include "regrow/network_state.h"

namespace regrow::cuda {
namespace {

constexpr unsigned kCounts = 9;  // 0 to 8 active neighbours
constexpr std::uint64_t kNoCell = ~std::uint64_t{0};

REGROW_HD unsigned place_count(Neighbourhood neighbourhood) {
  return neighbourhood == Neighbourhood::kMoore8 ? 8 : 4;
}

// A cell's neighbours are numbered by their place in the 3 × 3 cells around it, row by row.
__device__ int neighbour_place(Neighbourhood neighbourhood, int neighbour) {
  switch (neighbourhood) {
    case Neighbourhood::kCross4:
      return 2 * neighbour + 1;  // 1 3 5 7
    case Neighbourhood::kDiagonal4:
      return neighbour < 2 ? 2 * neighbour : 2 * neighbour + 2;  // 0 2 6 8
    case Neighbourhood::kMoore8:
      break;
  }
  return neighbour < 4 ? neighbour : neighbour + 1;  // all but 4, the cell itself
}

__device__ bool is_inside(std::int64_t row, std::int64_t column, std::uint32_t rows,
                          std::uint32_t columns) {
  return row >= 0 && row < rows && column >= 0 && column < columns;
}

__device__ std::uint64_t neighbour_in_mask(std::uint64_t cell, int place, std::uint32_t inputs,
                                           std::uint32_t outputs) {
  const auto row = static_cast<std::int64_t>(cell / inputs) + place / 3 - 1;
  const auto column = static_cast<std::int64_t>(cell % inputs) + place % 3 - 1;
  if (!is_inside(row, column, outputs, inputs)) return kNoCell;
  return cell_index(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(column), inputs);
}

__device__ std::uint64_t neighbour_in_image(std::uint64_t cell, int place, std::uint32_t channel,
                                            const InputImage& image) {
  const ImageShape& shape = image.shape;
  const std::uint32_t inputs = shape.features();
  const std::uint32_t own =
      pixel_of_feature(shape, image.order, static_cast<std::uint32_t>(cell % inputs));
  const auto row = static_cast<std::int64_t>(own / shape.width) + place / 3 - 1;
  const auto column = static_cast<std::int64_t>(own % shape.width) + place % 3 - 1;
  if (!is_inside(row, column, shape.height, shape.width)) return kNoCell;
  const auto pixel = static_cast<std::uint32_t>(row * shape.width + column);
  return cell_index(cell / inputs, feature_index(shape, image.order, channel, pixel), inputs);
}

// listed: [active.count][neighbours_per_cell]; kNoCell, which sorts last, where there is none or it
// is taken. *eligible: how many are listed.
__global__ void neighbours_kernel(CellSet active, CellSet taken, NeighbourSpace space,
                                  unsigned neighbours_per_cell, std::uint32_t inputs,
                                  std::uint32_t outputs, std::uint64_t* listed,
                                  std::uint64_t* eligible) {
  const std::size_t i = element_index();
  std::uint32_t found[1] = {0};
  if (i < active.count * neighbours_per_cell) {
    const auto neighbour = static_cast<unsigned>(i % neighbours_per_cell);
    const unsigned places = place_count(space.around);
    const int place = neighbour_place(space.around, static_cast<int>(neighbour % places));
    const std::uint64_t centre = active.cells[i / neighbours_per_cell];
    std::uint64_t cell = space.in_image
                             ? neighbour_in_image(centre, place, neighbour / places, space.image)
                             : neighbour_in_mask(centre, place, inputs, outputs);
    if (contains(taken, cell)) cell = kNoCell;
    listed[i] = cell;
    found[0] = cell == kNoCell ? 0 : 1;
  }
  add_over_block(found, eligible);
}

// In an image a cell has more than 8 neighbours.
__device__ unsigned active_neighbours(std::uint32_t length) {
  return length < kCounts ? length : kCounts - 1;
}

__global__ void length_histogram_kernel(const std::uint32_t* lengths, std::size_t count,
                                        std::uint64_t* histogram) {
  std::uint32_t found[kCounts] = {};
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    for (unsigned k = 0; k < kCounts; ++k) found[k] += active_neighbours(lengths[i]) == k ? 1 : 0;
  }
  add_over_block(found, histogram);
}

__global__ void class_flags_kernel(const std::uint32_t* lengths, std::size_t count, unsigned counts,
                                   std::uint32_t* flags) {
  const std::size_t i = element_index();
  if (i < count) flags[i] = counts >> active_neighbours(lengths[i]) & 1;
}

__global__ void select_kernel(const std::uint64_t* candidates, std::size_t candidate_count,
                              const std::uint64_t* flagged_before, const std::uint64_t* ranks,
                              std::size_t count, std::uint64_t* cells) {
  const std::size_t i = element_index();
  if (i >= count) return;
  // The last candidate that no more than `rank` flagged ones come before.
  cells[i] = candidates[count_up_to(flagged_before + 1, candidate_count, ranks[i])];
}

class NeighboursFromCells : public NeighbourClasses {
 public:
  NeighboursFromCells(const CellSet& active, const CellSet& taken, const LayerShape& shape,
                      const NeighbourSpace& space, const Stream& stream)
      : stream_(&stream), taken_(taken) {
    REGROW_CHECK(!space.in_image || space.image.shape.features() == shape.inputs,
                 "a layer does not read the image");
    const unsigned per_cell =
        place_count(space.around) * (space.in_image ? space.image.shape.channels : 1);
    Cells listed(active.count * per_cell, "neighbours of the active cells", stream);
    Cells total(1, "a count of neighbours", stream);
    total.zero();
    launch_per_element(listed.size(), stream, neighbours_kernel, active, taken, space, per_cell,
                       shape.inputs, shape.outputs, listed.data(), total.data());
    sort(listed.data(), listed.size(), stream);
    const std::uint64_t eligible = total.download()[0];
    candidates_ = {eligible, "cells with neighbours", stream};
    lengths_ = {eligible, "numbers of neighbours", stream};
    count_ = run_lengths(listed.data(), eligible, candidates_.data(), lengths_.data(), stream);

    Cells totals(kCounts, "neighbour counts", stream);
    totals.zero();
    launch_striding(count_, stream, length_histogram_kernel, lengths_.data(), count_,
                    totals.data());
    const std::vector<std::uint64_t> values = totals.download();
    std::copy(values.begin(), values.end(), sizes_.begin());
    sizes_[0] = std::uint64_t{shape.inputs} * shape.outputs - taken.count - count_;
  }

  ClassSizes sizes() const override { return sizes_; }

  Cells select(const std::bitset<kCounts>& counts, const Cells& ranks) const override {
    if (!counts[0]) return candidates_of(counts, ranks);
    // Cells without an active neighbour are too many to list: a class that holds them is what
    // remains beside the taken cells and the candidates of other classes.
    const std::bitset<kCounts> others = ~counts;
    std::size_t other_count = 0;
    for (unsigned k = 0; k < kCounts; ++k) other_count += others[k] ? sizes_[k] : 0;
    const Cells listed = candidates_of(others, counted_up(other_count, *stream_));
    const Cells excluded = merge_cells(taken_, set_of(listed), *stream_);
    return cells_outside(set_of(excluded), ranks, *stream_);
  }

 private:
  // Those at `ranks` of a class without lonely cells.
  Cells candidates_of(const std::bitset<kCounts>& counts, const Cells& ranks) const {
    Cells cells(ranks.size(), "cells to grow", *stream_);
    if (ranks.size() == 0) return cells;
    DeviceArray<std::uint32_t> flags(count_, "eligible cells", *stream_);
    Cells flagged_before(count_ + 1, "ranks of eligible cells", *stream_);
    launch_per_element(count_, *stream_, class_flags_kernel, lengths_.data(), count_,
                       static_cast<unsigned>(counts.to_ulong()), flags.data());
    exclusive_scan(flags.data(), count_, flagged_before.data(), *stream_);
    launch_per_element(ranks.size(), *stream_, select_kernel, candidates_.data(), count_,
                       flagged_before.data(), ranks.data(), ranks.size(), cells.data());
    return cells;
  }

  const Stream* stream_;
  CellSet taken_;
  Cells candidates_;                    // the eligible cells with neighbours, ascending
  DeviceArray<std::uint32_t> lengths_;  // how many each has
  std::size_t count_ = 0;
  ClassSizes sizes_{};
};

}  // namespace

std::unique_ptr<NeighbourClasses> count_from_cells(const CellSet& active, const CellSet& taken,
                                                   const LayerShape& shape,
                                                   const NeighbourSpace& space,
                                                   const Stream& stream) {
  return std::make_unique<NeighboursFromCells>(active, taken, shape, space, stream);
}

}  // namespace regrow::cuda

// Which cells grow: enumerate the inactive ones, count each one's neighbours in the mask, sort them
// into classes, take.
#include "reference/grow.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <vector>

#include "regrow/bijection.h"
#include "regrow/error.h"
#include "regrow/philox.h"

namespace regrow::reference {

namespace {

using Cells = std::vector<std::uint64_t>;  // ascending

bool is_neighbour(Neighbourhood neighbourhood, int down, int right) {
  if (down == 0 && right == 0) return false;
  const bool diagonal = down != 0 && right != 0;
  switch (neighbourhood) {
    case Neighbourhood::kMoore8:
      return true;
    case Neighbourhood::kCross4:
      return !diagonal;
    case Neighbourhood::kDiagonal4:
      return diagonal;
  }
  return false;
}

bool is_inside(std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns) {
  return row >= 0 && row < rows && column >= 0 && column < columns;
}

unsigned active_at_cell(const ReferenceLayer& layer, std::uint64_t cell, int down, int right) {
  const auto out = static_cast<std::int64_t>(cell / layer.inputs) + down;
  const auto in = static_cast<std::int64_t>(cell % layer.inputs) + right;
  if (!is_inside(out, in, layer.outputs, layer.inputs)) return 0;
  return layer.mask[static_cast<std::size_t>(out * layer.inputs + in)];
}

// Of all channels of the pixel, of the same output.
unsigned active_at_pixel(const ReferenceLayer& layer, std::uint64_t cell, const InputImage& image,
                         int down, int right) {
  const ImageShape& shape = image.shape;
  REGROW_CHECK(shape.features() == layer.inputs, "a layer does not read the image");
  const std::uint64_t out = cell / layer.inputs;
  const std::uint32_t own =
      pixel_of_feature(shape, image.order, static_cast<std::uint32_t>(cell % layer.inputs));
  const auto row = static_cast<std::int64_t>(own / shape.width) + down;
  const auto column = static_cast<std::int64_t>(own % shape.width) + right;
  if (!is_inside(row, column, shape.height, shape.width)) return 0;
  const auto pixel = static_cast<std::uint32_t>(row * shape.width + column);
  unsigned count = 0;
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    count +=
        layer
            .mask[cell_index(out, feature_index(shape, image.order, channel, pixel), layer.inputs)];
  }
  return count;
}

Cells inactive_cells(const ReferenceLayer& layer) {
  Cells cells;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!layer.mask[cell]) cells.push_back(cell);
  }
  return cells;
}

// class_r of every rank r, from the highest.
std::map<std::int8_t, Cells, std::greater<>> classes_by_rank(const ReferenceLayer& layer,
                                                             const NeighbourSpace& space,
                                                             const GrowthRule& rule) {
  std::map<std::int8_t, Cells, std::greater<>> classes;
  for (const std::uint64_t cell : inactive_cells(layer)) {
    const unsigned count = active_neighbours(layer, cell, space);
    const std::int8_t rank = rule.rank_of_count[count];
    if (rank != GrowthRule::kNotEligible) classes[rank].push_back(cell);
  }
  return classes;
}

// Appends cells[B(k)], k < count.
void take_random(const Cells& cells, std::uint64_t count, const Bijection& bijection,
                 Cells& taken) {
  for (std::uint64_t k = 0; k < count; ++k) taken.push_back(cells[bijection(k)]);
}

Cells without(const Cells& cells, Cells removed) {
  std::sort(removed.begin(), removed.end());
  Cells rest;
  std::set_difference(cells.begin(), cells.end(), removed.begin(), removed.end(),
                      std::back_inserter(rest));
  return rest;
}

void connect(const GrowPlan& plan, const Cells& grown, ReferenceLayer& layer) {
  for (const std::uint64_t cell : grown) {
    layer.mask[cell] = 1;
    layer.weights[cell] = 0;
    if (!plan.keep_momentum_of_regrown) layer.momentum[cell] = 0;
  }
  for (std::size_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!layer.mask[cell]) layer.momentum[cell] = 0;
  }
}

void draw_weights(const GrowPlan& plan, std::uint32_t layer_index, const Cells& grown,
                  ReferenceLayer& layer) {
  for (const std::uint64_t cell : grown) {
    const std::uint64_t out = cell / layer.inputs;
    std::uint64_t fan_in = 0;
    for (std::uint64_t in = 0; in < layer.inputs; ++in) {
      fan_in += layer.mask[cell_index(out, in, layer.inputs)];
    }
    const PhiloxBlock block =
        random_block(plan.seed, Purpose::kGrownWeight, layer_index, plan.time, cell);
    const double limit = init_limit(plan.init, layer.inputs, layer.outputs, fan_in);
    layer.weights[cell] = init_weight(limit, block[0]);
  }
}

}  // namespace

unsigned active_neighbours(const ReferenceLayer& layer, std::uint64_t cell,
                           const NeighbourSpace& space) {
  unsigned count = 0;
  for (int down = -1; down <= 1; ++down) {
    for (int right = -1; right <= 1; ++right) {
      if (!is_neighbour(space.around, down, right)) continue;
      count += space.in_image ? active_at_pixel(layer, cell, space.image, down, right)
                              : active_at_cell(layer, cell, down, right);
    }
  }
  return std::min(count, 8U);
}

GrowReport grow(const GrowPlan& plan, std::uint32_t layer_index, ReferenceLayer& layer) {
  GrowReport report;
  if (layer.kind == LayerKind::kDense) return report;
  const std::uint64_t wanted = plan.counts[layer_index];
  const Cells inactive = inactive_cells(layer);
  REGROW_CHECK(wanted <= inactive.size(), "a grow plan asks for more cells than are inactive");

  Cells grown;
  const auto classes = classes_by_rank(layer, plan.neighbour_space(layer_index), plan.rule);
  for (const auto& [rank, cells] : classes) {
    const std::uint64_t missing = wanted - grown.size();
    if (missing >= cells.size()) {
      grown.insert(grown.end(), cells.begin(), cells.end());
    } else if (plan.tie == TieRule::kByIndex) {
      grown.insert(grown.end(), cells.begin(), cells.begin() + static_cast<std::int64_t>(missing));
    } else {
      take_random(cells, missing,
                  Bijection(cells.size(), plan.seed, Purpose::kGrow, layer_index, plan.time,
                            static_cast<std::uint32_t>(rank)),
                  grown);
    }
  }
  report.filled = wanted - grown.size();
  if (report.filled > 0) {
    const Cells others = without(inactive, grown);
    take_random(
        others, report.filled,
        Bijection(others.size(), plan.seed, Purpose::kGrowShortfall, layer_index, plan.time),
        grown);
  }
  report.grown = grown.size();

  connect(plan, grown, layer);
  if (plan.fresh_weights) draw_weights(plan, layer_index, grown, layer);
  return report;
}

}  // namespace regrow::reference

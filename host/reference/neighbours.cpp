#include "reference/neighbours.h"

#include <algorithm>
#include <cstddef>

#include "regrow/error.h"

namespace regrow::reference {

namespace {

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

}  // namespace regrow::reference

// Augmentation: per image and epoch one affine resampling (rotate, shift, perhaps flip), as a 2×3
// matrix computed once, on the host, in the same arithmetic for every device.
#pragma once

#include <array>
#include <cstdint>

#include "regrow/dataset.h"

namespace regrow {

enum class Interpolation : std::uint8_t { kBilinear, kNearest };

struct AugmentationSettings {
  bool enabled = false;
  double rotate_degrees = 10;     // uniform in ±rotate_degrees
  double shift_fraction = 0.1;    // uniform in ±shift_fraction of the width and of the height
  double flip_probability = 0.5;  // horizontal
  Interpolation interpolation = Interpolation::kBilinear;
};

/// Maps an output pixel to source coordinates, both as (col, row):
///   source_col = m[0]·col + m[1]·row + m[2],  source_row = m[3]·col + m[4]·row + m[5].
/// Every device evaluates them in float as fma(m0, col, fma(m1, row, m2)), clamps to the image
/// (edge pixels repeat), and interpolates standardised values.
using AffineMatrix = std::array<float, 6>;

/// The matrix of the sample at `position` of the epoch's order: uniforms of
/// random_block(seed, kAugmentation, 0, epoch, position): word 0 angle, 1 horizontal shift,
/// 2 vertical shift, 3 flip. Computed in double, rounded once.
AffineMatrix augmentation_matrix(const AugmentationSettings& settings, const ImageShape& shape,
                                 std::uint64_t seed, std::uint32_t epoch, std::uint64_t position);

}  // namespace regrow

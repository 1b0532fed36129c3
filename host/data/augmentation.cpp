// An image is rotated about its centre, then shifted, then perhaps mirrored; the matrix undoes that
// for an output pixel, in the opposite order.
#include "regrow/augmentation.h"

#include <cmath>
#include <numbers>

#include "regrow/philox.h"

namespace regrow {
namespace {

double signed_uniform(std::uint32_t bits) { return 2.0 * uniform_from_bits(bits) - 1.0; }

}  // namespace

AffineMatrix augmentation_matrix(const AugmentationSettings& settings, const ImageShape& shape,
                                 std::uint64_t seed, std::uint32_t epoch, std::uint64_t position) {
  if (!settings.enabled) return {1, 0, 0, 0, 1, 0};
  const PhiloxBlock words = random_block(seed, Purpose::kAugmentation, 0, epoch, position);
  const double angle =
      signed_uniform(words[0]) * settings.rotate_degrees * (std::numbers::pi / 180.0);
  const double shift_col = signed_uniform(words[1]) * settings.shift_fraction * shape.width;
  const double shift_row = signed_uniform(words[2]) * settings.shift_fraction * shape.height;
  const bool is_flipped = uniform_from_bits(words[3]) < settings.flip_probability;

  // source = Rᵀ·(output − shift − centre) + centre, R = [[cos, −sin], [sin, cos]] on (col, row).
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  const double last_col = shape.width - 1.0;
  const double centre_col = last_col / 2;
  const double centre_row = (shape.height - 1.0) / 2;
  const double moved_col = shift_col + centre_col;
  const double moved_row = shift_row + centre_row;
  double col_from_col = cosine;
  double row_from_col = -sine;
  double col_offset = centre_col - cosine * moved_col - sine * moved_row;
  double row_offset = centre_row + sine * moved_col - cosine * moved_row;
  if (is_flipped) {  // col → W − 1 − col
    col_offset += col_from_col * last_col;
    row_offset += row_from_col * last_col;
    col_from_col = -col_from_col;
    row_from_col = -row_from_col;
  }
  return {static_cast<float>(col_from_col), static_cast<float>(sine),
          static_cast<float>(col_offset),   static_cast<float>(row_from_col),
          static_cast<float>(cosine),       static_cast<float>(row_offset)};
}

}  // namespace regrow

// Images of another size.
#pragma once

#include <cstdint>
#include <span>

#include "regrow/image_shape.h"

namespace regrow {

/// [channel][row][col] of `to.height` × `to.width` pixels, as many channels as `from` has: by
/// triangles as wide as two pixels of the smaller image, which is bilinear interpolation where an
/// image grows and averages over all that it had where it shrinks (the "bilinear" of Pillow, and of
/// torchvision with antialias=True). Pixel centres are at halves; the edge has what lies within.
void scale_image(const ImageShape& from, std::span<const std::uint8_t> pixels, const ImageShape& to,
                 std::span<std::uint8_t> scaled);

}  // namespace regrow

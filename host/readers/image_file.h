// PNG and JPEG images as pixels, by libpng and libjpeg-turbo.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "regrow/image_shape.h"

namespace regrow {

/// A side of an image that is read, at most, in pixels.
inline constexpr std::uint32_t kMostImageSide = std::uint32_t{1} << 14;

/// Whether the name ends as that of an image that is read: .png, .jpg or .jpeg, in any case.
bool is_image_name(const std::filesystem::path& file);

/// Size and number of channels, 1 or 3, by the first bytes of the file. Throws Error naming it
/// where it is no image that is read, is damaged so far, or has a longer side.
ImageShape read_image_shape(const std::filesystem::path& file);

/// Decodes an image into pixels of `shape`, [channel][row][col], which is what read_image_shape()
/// said, or has 3 channels where that is 1: grey is then red, green and blue alike. Transparent
/// pixels are as on white; of 16 bits the upper 8 are kept; a profile of colours is not applied,
/// nor is the orientation that EXIF tells. Throws Error naming the file where it is damaged.
void read_image(const std::filesystem::path& file, const ImageShape& shape,
                std::span<std::uint8_t> pixels);

}  // namespace regrow

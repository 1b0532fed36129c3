// Images as tests make them, by the libraries that read them.
#pragma once

#include <gtest/gtest.h>
#include <png.h>
#include <turbojpeg.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "readers/data_files.h"

namespace regrow {

/// `format`: PNG_FORMAT_GRAY, PNG_FORMAT_RGB, …; `pixels`: as it says, row by row.
inline Bytes png_image_of(std::uint32_t height, std::uint32_t width, const Bytes& pixels,
                          std::uint32_t format = PNG_FORMAT_GRAY) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.height = height;
  image.width = width;
  image.format = format;
  EXPECT_EQ(pixels.size(), PNG_IMAGE_SIZE(image));
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  Bytes bytes(size);
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0)
      << static_cast<const char*>(image.message);
  bytes.resize(size);
  return bytes;
}

/// `pixels`: interleaved, as `format` of TurboJPEG says. Not subsampled, of the best quality.
inline Bytes jpeg_image_of(int height, int width, const Bytes& pixels, int format = TJPF_RGB,
                           int subsampling = TJSAMP_444) {
  tjhandle handle = tjInitCompress();
  unsigned char* jpeg = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(handle, pixels.data(), width, 0, height, format, &jpeg, &size, subsampling,
                        100, TJFLAG_ACCURATEDCT),
            0)
      << tjGetErrorStr2(handle);
  Bytes bytes(jpeg, jpeg + size);
  tjFree(jpeg);
  tjDestroy(handle);
  return bytes;
}

/// A grey image of one value.
inline Bytes plain_image(std::uint32_t height, std::uint32_t width, std::uint8_t value) {
  return png_image_of(height, width, Bytes(std::size_t{height} * width, value));
}

}  // namespace regrow

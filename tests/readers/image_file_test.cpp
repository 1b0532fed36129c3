// Decoding and scaling of single images.
#include "readers/image_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "readers/image_fixtures.h"
#include "readers/image_scale.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

class ImageFile : public testing::Test {
 protected:
  ImageShape shape_of(const Bytes& bytes) const {
    write_bytes(file(), bytes);
    return read_image_shape(file());
  }
  /// [channel][row][col], in so many channels, or as many as it has.
  Bytes pixels_of(const Bytes& bytes, std::uint32_t channels = 0) const {
    ImageShape shape = shape_of(bytes);
    if (channels != 0) shape.channels = channels;
    Bytes pixels(shape.features());
    read_image(file(), shape, pixels);
    return pixels;
  }
  void expect_refused(const Bytes& bytes, std::initializer_list<std::string> parts) const {
    expect_error([&] { pixels_of(bytes); }, parts);
  }
  fs::path file() const { return folder_.path() / "image.png"; }

  TempDir folder_;
};

TEST_F(ImageFile, ReadsGreyAndColouredPngs) {
  const Bytes grey = {0, 1, 2, 253, 254, 255};
  EXPECT_EQ(shape_of(png_image_of(2, 3, grey)), (ImageShape{1, 2, 3}));
  EXPECT_EQ(pixels_of(png_image_of(2, 3, grey)), grey);
  EXPECT_EQ(pixels_of(png_image_of(1, 2, {7, 9}), 3), (Bytes{7, 9, 7, 9, 7, 9}));
  const Bytes colours = png_image_of(1, 2, {1, 2, 3, 4, 5, 6}, PNG_FORMAT_RGB);
  EXPECT_EQ(shape_of(colours), (ImageShape{3, 1, 2}));
  EXPECT_EQ(pixels_of(colours), (Bytes{1, 4, 2, 5, 3, 6}));
}

TEST_F(ImageFile, TransparentPixelsAreAsOnWhite) {
  EXPECT_EQ(pixels_of(png_image_of(1, 3, {9, 255, 9, 0, 200, 0}, PNG_FORMAT_GA)),
            (Bytes{9, 255, 255}));
  EXPECT_EQ(pixels_of(png_image_of(1, 2, {1, 2, 3, 255, 4, 5, 6, 0}, PNG_FORMAT_RGBA)),
            (Bytes{1, 255, 2, 255, 3, 255}));
}

void append_chunk(Bytes& png, const std::string& type, const Bytes& body) {
  append_big_endian(png, static_cast<std::uint32_t>(body.size()));
  Bytes checked(type.begin(), type.end());
  checked.insert(checked.end(), body.begin(), body.end());
  png.insert(png.end(), checked.begin(), checked.end());
  append_big_endian(png, static_cast<std::uint32_t>(
                             crc32(0, checked.data(), static_cast<unsigned>(checked.size()))));
}

/// Of a header and rows of our own making, each with a filter byte 0 before it.
Bytes raw_png(std::uint32_t height, std::uint32_t width, std::uint8_t depth, std::uint8_t colours,
              const Bytes& rows, const Bytes& palette = {}) {
  Bytes png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}, header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  header.insert(header.end(), {depth, colours, 0, 0, 0});
  append_chunk(png, "IHDR", header);
  if (!palette.empty()) append_chunk(png, "PLTE", palette);
  Bytes packed(compressBound(rows.size()));
  uLongf size = packed.size();
  EXPECT_EQ(compress(packed.data(), &size, rows.data(), rows.size()), Z_OK);
  packed.resize(size);
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", {});
  return png;
}

TEST_F(ImageFile, ReadsOtherDepthsAndPalettes) {
  EXPECT_EQ(pixels_of(raw_png(1, 4, 1, 0, {0, 0b10100000})), (Bytes{255, 0, 255, 0}));
  EXPECT_EQ(pixels_of(raw_png(1, 2, 4, 0, {0, 0xF3})), (Bytes{255, 51}));
  EXPECT_EQ(pixels_of(raw_png(1, 2, 8, 3, {0, 1, 0}, {10, 20, 30, 40, 50, 60})),
            (Bytes{40, 10, 50, 20, 60, 30}));
  // Of 16 bits the upper 8, by rounding: not what linear light would become.
  EXPECT_EQ(pixels_of(raw_png(1, 3, 16, 0, {0, 0x80, 0x80, 0x40, 0x40, 0xFF, 0xFF})),
            (Bytes{0x80, 0x40, 0xFF}));
}

TEST_F(ImageFile, ReadsJpegs) {
  const Bytes grey = jpeg_image_of(8, 8, Bytes(64, 77), TJPF_GRAY, TJSAMP_GRAY);
  EXPECT_EQ(shape_of(grey), (ImageShape{1, 8, 8}));
  EXPECT_EQ(pixels_of(grey), Bytes(64, 77));
  EXPECT_EQ(pixels_of(grey, 3), Bytes(192, 77));
  Bytes red;
  for (int i = 0; i < 5 * 9; ++i) red.insert(red.end(), {200, 30, 40});
  for (const int subsampling : {TJSAMP_444, TJSAMP_420}) {
    const Bytes colours = jpeg_image_of(5, 9, red, TJPF_RGB, subsampling);
    EXPECT_EQ(shape_of(colours), (ImageShape{3, 5, 9}));
    const Bytes pixels = pixels_of(colours);
    for (std::size_t i = 0; i < 45; ++i) {
      EXPECT_NEAR(pixels[i], 200, 2);
      EXPECT_NEAR(pixels[45 + i], 30, 2);
      EXPECT_NEAR(pixels[90 + i], 40, 2);
    }
  }
}

TEST_F(ImageFile, RefusesTheColoursOfPrint) {
  expect_refused(jpeg_image_of(2, 2, Bytes(16, 9), TJPF_CMYK),
                 {file().string() + ": is in the colours of print (CMYK); convert it to RGB"});
}

// The last bytes hold no pixels: without them an image may be whole, but never another one.
TEST_F(ImageFile, AnImageThatIsCutOffAnywhereIsRefusedOrWhole) {
  const Bytes noise = pattern(12 * 12, 5);
  for (const Bytes& whole :
       {png_image_of(12, 12, noise), jpeg_image_of(12, 12, noise, TJPF_GRAY, TJSAMP_GRAY)}) {
    const Bytes expected = pixels_of(whole);
    std::size_t read = 0;
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      try {
        EXPECT_EQ(pixels_of(cut), expected);
        ++read;
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find(file().string() + ": "), 0U) << error.what();
      }
    }
    EXPECT_LE(read, 24U) << "trailers have no more bytes";
  }
}

TEST_F(ImageFile, RefusesDamagedPixels) {
  Bytes png = png_image_of(12, 12, pattern(144, 5));
  png[png.size() / 2] ^= 0x10;
  expect_refused(png, {file().string() + ": damaged: "});
}

TEST_F(ImageFile, BelievesNoSizeThatTheFileCannotHold) {
  expect_refused(raw_png(100'000, 1, 8, 0, {0, 1}),
                 {"has 100000×1 pixels, and at most 16,384 a side"});
  expect_refused(raw_png(16'384, 16'384, 8, 0, {0, 1}), {"134,217,728 in all are read"});
  expect_refused(raw_png(8'192, 8'192, 8, 0, {0, 1}),
                 {"damaged: its header announces 8192×8192 pixels, more than "});
  expect_refused(raw_png(40, 40, 8, 0, {0, 1}), {"damaged: "});
}

TEST_F(ImageFile, SaysWhatAFileIsInstead) {
  expect_refused({'%', 'P', 'D', 'F', '-', '1'}, {"is a PDF document, not a PNG or JPEG image"});
  expect_refused({1, 2, 3, 4}, {"is no PNG or JPEG image", "take it out of the folder"});
  expect_refused({}, {"is empty"});
}

TEST(ImageNames, EndInAnyCase) {
  for (const char* name : {"a.png", "a.PNG", "b/c.Jpg", "n01.JPEG"})
    EXPECT_TRUE(is_image_name(name));
  for (const char* name : {"png", ".png", "a.gif", "a.png.txt", ""})
    EXPECT_FALSE(is_image_name(name));
}

/// The same by its definition: every pixel of the old image weighed for every pixel of the new one.
Bytes scaled_plainly(const ImageShape& from, const Bytes& pixels, const ImageShape& to) {
  const auto weight = [](std::uint32_t pixel, std::uint32_t target, std::uint32_t old,
                         std::uint32_t wanted) {
    const double step = static_cast<double>(old) / wanted, radius = std::max(1.0, step);
    return std::max(0.0, 1 - std::abs(pixel + 0.5 - (target + 0.5) * step) / radius);
  };
  Bytes scaled;
  for (std::uint32_t channel = 0; channel < from.channels; ++channel) {
    for (std::uint32_t y = 0; y < to.height; ++y) {
      for (std::uint32_t x = 0; x < to.width; ++x) {
        double sum = 0, weights = 0;
        for (std::uint32_t row = 0; row < from.height; ++row) {
          for (std::uint32_t col = 0; col < from.width; ++col) {
            const double both =
                weight(row, y, from.height, to.height) * weight(col, x, from.width, to.width);
            sum += both * pixels[channel * from.pixels() + row * from.width + col];
            weights += both;
          }
        }
        scaled.push_back(static_cast<std::uint8_t>(std::round(sum / weights)));
      }
    }
  }
  return scaled;
}

TEST(ScaleImage, WeighsByTriangles) {
  for (const auto& [from, to] : {std::pair{ImageShape{3, 7, 9}, ImageShape{3, 5, 4}},
                                 std::pair{ImageShape{1, 5, 4}, ImageShape{1, 7, 9}},
                                 std::pair{ImageShape{1, 1, 30}, ImageShape{1, 6, 1}},
                                 std::pair{ImageShape{1, 17, 3}, ImageShape{1, 2, 16}}}) {
    const Bytes pixels = pattern(from.features(), 3);
    Bytes scaled(to.features());
    scale_image(from, pixels, to, scaled);
    const Bytes expected = scaled_plainly(from, pixels, to);
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      EXPECT_NEAR(scaled[i], expected[i], 1) << i;  // halves may round either way in float
    }
  }
}

// By hand: an image of 4 pixels halved. The centre of the first new pixel is at 1, and the triangle
// reaches 2 pixels to each side: weights 3/4, 3/4, 1/4 of pixels 0, 1, 2.
TEST(ScaleImage, HasTheValuesCalculatedByHand) {
  Bytes scaled(2);
  scale_image({1, 1, 4}, Bytes{10, 20, 40, 90}, {1, 1, 2}, scaled);
  EXPECT_EQ(scaled, (Bytes{19, 59}));  // 32.5 / 1.75 = 18.6 and 102.5 / 1.75 = 58.6
}

TEST(ScaleImage, KeepsOneColourAtEverySize) {
  for (std::uint32_t from = 1; from < 40; ++from) {
    for (std::uint32_t to = 1; to < 40; ++to) {
      Bytes scaled(to);
      scale_image({1, 1, from}, Bytes(from, 255), {1, 1, to}, scaled);
      ASSERT_EQ(scaled, Bytes(to, 255)) << from << " " << to;
    }
  }
}

}  // namespace
}  // namespace regrow

// Which library decodes a file is decided by its first bytes, not by its name. Both are used by
// their interfaces that return on errors, without a longjmp over C++.
#include "readers/image_file.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/format_names.h"
#include "readers/input_file.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;
using EncodedImage = std::vector<std::uint8_t>;

constexpr const char* kImageRemedy = "get or save it again, or take it out of the folder";
constexpr std::uint64_t kMostImageFileBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kMostImagePixels = std::uint64_t{1} << 27;
// A byte of a deflated PNG stands for at most 1032, each of 8 pixels of a bit.
constexpr std::uint64_t kMostPixelsAByte = 8256;
constexpr std::size_t kImageHeadBytes = std::size_t{1} << 16;

using namespace std::string_view_literals;

bool has_magic(const EncodedImage& bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}
bool is_png(const EncodedImage& bytes) { return has_magic(bytes, "\x89PNG\r\n\x1a\n"sv); }
bool is_jpeg(const EncodedImage& bytes) { return has_magic(bytes, "\xff\xd8\xff"sv); }

/// libpng's simplified interface, of which an error leaves nothing behind.
class PngDecoder {
 public:
  PngDecoder() { image_.version = PNG_IMAGE_VERSION; }
  ~PngDecoder() { png_image_free(&image_); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  bool begin(const EncodedImage& bytes) {
    const bool is_read = png_image_begin_read_from_memory(&image_, bytes.data(), bytes.size()) != 0;
    // Otherwise 16 bits are taken for linear light, and grey would not be the same in 8.
    image_.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    return is_read;
  }
  bool decode(std::uint32_t channels, std::uint8_t* pixels) {
    constexpr png_color kWhite = {255, 255, 255};
    image_.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    return png_image_finish_read(&image_, &kWhite, pixels, 0, nullptr) != 0;
  }
  ImageShape shape() const {
    return {(image_.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3U : 1U, image_.height, image_.width};
  }
  std::string message() const { return static_cast<const char*>(image_.message); }

 private:
  png_image image_ = {};
};

/// What a decoder cannot do with a sound image.
struct Unsupported {
  std::string problem;
};

class JpegDecoder {
 public:
  JpegDecoder() : handle_(tjInitDecompress()) {
    if (handle_ == nullptr) throw Error("libjpeg-turbo does not start: out of memory");
  }

  bool begin(const EncodedImage& bytes) {
    int width = 0, height = 0, subsampling = 0;
    bytes_ = &bytes;
    if (tjDecompressHeader3(handle_.get(), bytes.data(), bytes.size(), &width, &height,
                            &subsampling, &colours_) != 0) {
      return false;
    }
    if (colours_ == TJCS_CMYK || colours_ == TJCS_YCCK) {
      throw Unsupported{"is in the colours of print (CMYK)"};
    }
    shape_ = {colours_ == TJCS_GRAY ? 1U : 3U, static_cast<std::uint32_t>(std::max(height, 0)),
              static_cast<std::uint32_t>(std::max(width, 0))};
    return true;
  }
  bool decode(std::uint32_t channels, std::uint8_t* pixels) {
    constexpr int kStrict = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    return tjDecompress2(handle_.get(), bytes_->data(), bytes_->size(), pixels,
                         static_cast<int>(shape_.width), 0, static_cast<int>(shape_.height),
                         channels == 1 ? TJPF_GRAY : TJPF_RGB, kStrict) == 0;
  }
  ImageShape shape() const { return shape_; }
  std::string message() const { return tjGetErrorStr2(handle_.get()); }

 private:
  struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  std::unique_ptr<void, Destroy> handle_;
  const EncodedImage* bytes_ = nullptr;
  ImageShape shape_;
  int colours_ = TJCS_RGB;
};

[[noreturn]] void fail_damaged(const InputFile& file, const std::string& message) {
  file.fail(fmt::format("damaged: {}", message.empty() ? "it cannot be decoded" : message));
}

/// Throws Error where the sides, or the pixels of so short a file, are not to be believed.
void check_shape(const InputFile& file, const ImageShape& shape) {
  const std::uint64_t pixels = std::uint64_t{shape.height} * shape.width;
  if (pixels == 0) file.fail("damaged: it has no pixels");
  if (shape.height > kMostImageSide || shape.width > kMostImageSide || pixels > kMostImagePixels) {
    file.fail_with(
        fmt::format("has {}×{} pixels, and at most {} a side and {} in all are read", shape.height,
                    shape.width, grouped(kMostImageSide), grouped(kMostImagePixels)),
        "make it smaller, or take it out of the folder");
  }
  if (pixels / kMostPixelsAByte > file.file_bytes()) {
    file.fail(fmt::format("damaged: its header announces {}×{} pixels, more than {} bytes can hold",
                          shape.height, shape.width, grouped(file.file_bytes())));
  }
}

/// A decoder that has read the header; false where `bytes` hold not all of it.
template <typename Decoder>
bool begin_checked(Decoder& decoder, const InputFile& file, const EncodedImage& bytes) {
  try {
    if (!decoder.begin(bytes)) return false;
  } catch (const Unsupported& image) {
    file.fail_with(image.problem, "convert it to RGB");
  }
  check_shape(file, decoder.shape());
  return true;
}

EncodedImage read_start(InputFile& file) {
  if (file.file_bytes() > kMostImageFileBytes) {
    file.fail_with(fmt::format("has {} bytes, more than the {} that are read",
                               grouped(file.file_bytes()), grouped(kMostImageFileBytes)),
                   "make it smaller, or take it out of the folder");
  }
  EncodedImage bytes(std::min<std::uint64_t>(file.file_bytes(), kImageHeadBytes));
  file.read(bytes);
  if (bytes.empty()) file.fail("is empty");
  if (!is_png(bytes) && !is_jpeg(bytes)) {
    file.fail_as_other_kind("a PNG or JPEG image", "is no PNG or JPEG image");
  }
  return bytes;
}

void append_rest(InputFile& file, EncodedImage& bytes) {
  const EncodedImage rest = file.read_rest(file.file_bytes() - bytes.size());
  bytes.insert(bytes.end(), rest.begin(), rest.end());
}

template <typename Decoder>
ImageShape shape_of(InputFile& file, EncodedImage& bytes) {
  Decoder decoder;
  if (begin_checked(decoder, file, bytes)) return decoder.shape();
  append_rest(file, bytes);
  Decoder again;
  if (!begin_checked(again, file, bytes)) fail_damaged(file, again.message());
  return again.shape();
}

template <typename Decoder>
void decode(const InputFile& file, const EncodedImage& bytes, const ImageShape& shape,
            std::span<std::uint8_t> pixels) {
  Decoder decoder;
  if (!begin_checked(decoder, file, bytes)) fail_damaged(file, decoder.message());
  const ImageShape is = decoder.shape();
  if (is.height != shape.height || is.width != shape.width || is.channels > shape.channels) {
    file.fail_with("has changed while it was read", "start again");
  }
  if (shape.channels == 1) {
    if (!decoder.decode(1, pixels.data())) fail_damaged(file, decoder.message());
    return;
  }
  std::vector<std::uint8_t> interleaved(shape.features());
  if (!decoder.decode(shape.channels, interleaved.data())) fail_damaged(file, decoder.message());
  for (std::size_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    for (std::size_t channel = 0; channel < shape.channels; ++channel) {
      pixels[channel * shape.pixels() + pixel] = interleaved[pixel * shape.channels + channel];
    }
  }
}

}  // namespace

bool is_image_name(const fs::path& file) {
  return format_of_name(file.extension().string()) == DataFormat::kImages;
}

ImageShape read_image_shape(const fs::path& path) {
  InputFile file(path, kImageRemedy);
  EncodedImage bytes = read_start(file);
  if (is_png(bytes)) return shape_of<PngDecoder>(file, bytes);
  return shape_of<JpegDecoder>(file, bytes);
}

void read_image(const fs::path& path, const ImageShape& shape, std::span<std::uint8_t> pixels) {
  REGROW_CHECK(pixels.size() == shape.features(), "an image of another size");
  InputFile file(path, kImageRemedy);
  EncodedImage bytes = read_start(file);
  append_rest(file, bytes);
  if (is_png(bytes)) {
    decode<PngDecoder>(file, bytes, shape, pixels);
  } else {
    decode<JpegDecoder>(file, bytes, shape, pixels);
  }
}

}  // namespace regrow

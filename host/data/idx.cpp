// The IDX files of the MNIST family: a magic number, big-endian dimensions, then bytes.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "data/input_file.h"
#include "regrow/dataset.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDebianFolder = "/usr/share/datasets/fashion-mnist";
constexpr std::uint32_t kUnsignedByteMagic = 0x800;  // plus the number of dimensions
constexpr std::uint32_t kMaxSide = 4096;
constexpr std::uint16_t kIdxClasses = 10;

struct Source {
  fs::path folder;
  std::string missing_remedy;
  std::string broken_remedy;
};

Source find_source(const std::string& name, const std::string& directory) {
  if (name == "fashion_mnist") {
    const bool is_packaged = directory.empty() || fs::path(directory) == fs::path(kDebianFolder);
    return {directory.empty() ? kDebianFolder : directory,
            "install the package with apt install dataset-fashion-mnist, or name the folder of the "
            "four IDX files with --data",
            is_packaged ? "install it again with apt install --reinstall dataset-fashion-mnist"
                        : "download it again"};
  }
  const std::string remedy =
      "put the four IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, "
      "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte; .gz or not) into one folder and name it "
      "with --data";
  if (directory.empty()) throw Error(name + ": no data folder; " + remedy);
  return {directory, remedy, "download it again"};
}

InputFile open_idx(const Source& source, const std::string& name) {
  std::error_code error;
  const fs::path plain = source.folder / name;
  const fs::path gzipped = source.folder / (name + ".gz");
  if (fs::exists(plain, error)) return {plain, source.broken_remedy};
  if (fs::exists(gzipped, error)) return {gzipped, source.broken_remedy};
  if (!fs::is_directory(source.folder, error)) {
    throw Error(
        fmt::format("{}: no such folder; {}", source.folder.string(), source.missing_remedy));
  }
  throw Error(
      fmt::format("{}: missing, and {}.gz too; {}", plain.string(), name, source.missing_remedy));
}

std::uint32_t read_big_endian(InputFile& file) {
  std::array<std::uint8_t, 4> bytes{};
  file.read(bytes);
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

template <std::size_t kDimensions>
std::array<std::uint32_t, kDimensions> read_header(InputFile& file) {
  const std::uint32_t magic = read_big_endian(file);
  if (magic != kUnsignedByteMagic + kDimensions) {
    file.fail(
        fmt::format("not an IDX file of bytes in {} dimension{}: its magic number is {:#010x}",
                    kDimensions, kDimensions == 1 ? "" : "s", magic));
  }
  std::array<std::uint32_t, kDimensions> dimensions{};
  for (std::uint32_t& dimension : dimensions) dimension = read_big_endian(file);
  return dimensions;
}

LabelledImages read_pair(const Source& source, const std::string& prefix, ImageShape& shape) {
  InputFile image_file = open_idx(source, prefix + "-images-idx3-ubyte");
  const auto [count, height, width] = read_header<3>(image_file);
  if (count == 0) image_file.fail("it holds no images");
  if (height == 0 || width == 0 || height > kMaxSide || width > kMaxSide) {
    image_file.fail(
        fmt::format("corrupt header: images of {}×{} pixels; 1 to {} a side are possible", height,
                    width, kMaxSide));
  }
  shape = {1, height, width};
  LabelledImages images;
  images.pixels = image_file.read_rest(std::uint64_t{count} * shape.features());

  InputFile label_file = open_idx(source, prefix + "-labels-idx1-ubyte");
  const auto [label_count] = read_header<1>(label_file);
  const std::vector<std::uint8_t> labels = label_file.read_rest(label_count);
  if (label_count != count) {
    label_file.fail(fmt::format("{} labels for the {} images of {}", with_separators(label_count),
                                with_separators(count), image_file.path().filename().string()));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= kIdxClasses) {
      label_file.fail(fmt::format("corrupt: label {} (the first is 0) is {}, not 0 to {}", i,
                                  labels[i], kIdxClasses - 1));
    }
  }
  images.labels.assign(labels.begin(), labels.end());
  return images;
}

std::vector<std::string> class_names_of(const std::string& name) {
  if (name == "fashion_mnist") {
    return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  }
  return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

}  // namespace

Dataset load_idx(const std::string& name, const std::string& directory) {
  REGROW_CHECK(name == "mnist" || name == "fashion_mnist", name + " is not of the MNIST family");
  const Source source = find_source(name, directory);
  Dataset dataset;
  dataset.name = name;
  dataset.class_names = class_names_of(name);
  dataset.train = read_pair(source, "train", dataset.shape);
  ImageShape test_shape;
  dataset.test = read_pair(source, "t10k", test_shape);
  if (test_shape != dataset.shape) {
    throw Error(fmt::format("{}: test images of {}×{} pixels, but training images of {}×{}; {}",
                            source.folder.string(), test_shape.height, test_shape.width,
                            dataset.shape.height, dataset.shape.width, source.broken_remedy));
  }
  return dataset;
}

}  // namespace regrow

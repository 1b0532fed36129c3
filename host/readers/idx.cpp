// The IDX files of the MNIST family: a magic number, big-endian dimensions, then bytes.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "readers/idx_files.h"
#include "readers/input_file.h"
#include "regrow/dataset.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDebianFolder = "/usr/share/datasets/fashion-mnist";
constexpr std::uint32_t kUnsignedByteMagic = 0x800;  // plus the number of dimensions
constexpr std::uint32_t kMaxSide = 4096;
constexpr std::uint16_t kUsualClasses = 10;

IdxRemedies remedies_for(const std::string& name, const std::string& directory) {
  if (name == "fashion_mnist") {
    std::error_code error;
    const bool is_packaged = directory.empty() || fs::equivalent(directory, kDebianFolder, error);
    return {
        "install the package with apt install dataset-fashion-mnist, or name the folder of the "
        "four IDX files with --data",
        is_packaged ? "install it again with apt install --reinstall dataset-fashion-mnist"
                    : "download it again"};
  }
  return {
      "put the four IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, "
      "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, or as train-images.idx3-ubyte; test for "
      "t10k, a set's name before them; .gz or not) into one folder and name it with --data",
      "download it again"};
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
    const std::string expected = fmt::format("an IDX file of bytes in {} dimension{}", kDimensions,
                                             kDimensions == 1 ? "" : "s");
    file.fail_as_other_kind(expected,
                            fmt::format("not {}: its magic number is {:#010x}", expected, magic));
  }
  std::array<std::uint32_t, kDimensions> dimensions{};
  for (std::uint32_t& dimension : dimensions) dimension = read_big_endian(file);
  return dimensions;
}

struct Labels {
  InputFile file;
  std::vector<std::uint8_t> values;
};

LabelledSamples read_images(const fs::path& path, const std::string& remedy, ImageShape& shape,
                            std::uint32_t& count) {
  InputFile file(path, remedy);
  const auto [images_in_file, height, width] = read_header<3>(file);
  count = images_in_file;
  if (count == 0) file.fail("it holds no images");
  if (height == 0 || width == 0 || height > kMaxSide || width > kMaxSide) {
    file.fail(fmt::format("corrupt header: images of {}×{} pixels; 1 to {} a side are possible",
                          height, width, kMaxSide));
  }
  shape = {1, height, width};
  LabelledSamples images;
  images.bytes() = file.read_rest(std::uint64_t{count} * shape.features());
  return images;
}

Labels read_labels(const fs::path& path, const std::string& remedy, std::uint32_t images,
                   const fs::path& images_path) {
  Labels labels{InputFile(path, remedy), {}};
  const auto [count] = read_header<1>(labels.file);
  labels.values = labels.file.read_rest(count);
  if (count != images) {
    labels.file.fail(fmt::format("{} labels for the {} images of {}", grouped(count),
                                 grouped(images), images_path.filename().string()));
  }
  return labels;
}

/// The label of the first class, and how many classes follow it.
struct Classes {
  std::uint16_t first = 0;
  std::uint16_t count = kUsualClasses;
};

/// Labels of 0 to 9 are ten classes, whichever of them occur. More are numbered from 0 or, as the
/// letters of EMNIST are, from 1; one that no image has is a sign of damage.
Classes classes_of(const std::string& name, const Labels& train, const Labels& test) {
  std::array<bool, 256> occurs{};
  std::size_t most = 0;
  const Labels* with_most = &train;
  for (const Labels* labels : {&train, &test}) {
    for (std::size_t i = 0; i < labels->values.size(); ++i) {
      const std::uint8_t label = labels->values[i];
      if (name == "fashion_mnist" && label >= kUsualClasses) {
        labels->file.fail_with(
            fmt::format("label {} (the first is 0) is {}, but Fashion-MNIST's are 0 to {}", i,
                        label, kUsualClasses - 1),
            "read other data with --dataset mnist, or check where the file comes from");
      }
      occurs.at(label) = true;
      if (label > most) {
        most = label;
        with_most = labels;
      }
    }
  }
  if (most < kUsualClasses) return {};
  const std::uint16_t first = occurs[0] ? 0 : 1;
  for (std::size_t label = first; label < most; ++label) {
    if (occurs.at(label)) continue;
    with_most->file.fail_with(
        fmt::format("labels go up to {}, but no image, of the {} set neither, has {}", most,
                    with_most == &train ? "test" : "training", label),
        "number the classes without gaps, or download the data again where they are damaged");
  }
  return {first, static_cast<std::uint16_t>(most + 1 - first)};
}

std::vector<std::string> class_names_of(const std::string& name, const Classes& classes) {
  if (name == "fashion_mnist") {
    return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  }
  std::vector<std::string> names;
  for (unsigned i = 0; i < classes.count; ++i) names.push_back(std::to_string(classes.first + i));
  return names;
}

void set_labels(LabelledSamples& images, const Labels& labels, const Classes& classes) {
  images.labels.reserve(labels.values.size());
  for (const std::uint8_t label : labels.values) {
    images.labels.push_back(static_cast<std::uint16_t>(label - classes.first));
  }
}

}  // namespace

Dataset load_idx(const std::string& name, const std::string& directory) {
  REGROW_CHECK(name == "mnist" || name == "fashion_mnist", name + " is not of the MNIST family");
  const IdxRemedies remedies = remedies_for(name, directory);
  if (directory.empty() && name != "fashion_mnist") {
    throw Error(name + ": no data folder; " + remedies.missing);
  }
  const auto files = find_idx_files(name, directory.empty() ? kDebianFolder : directory, remedies);
  Dataset dataset;
  dataset.name = name;
  std::uint32_t train_count = 0, test_count = 0;
  dataset.train = read_images(files[kTrainImages], remedies.broken, dataset.shape, train_count);
  const Labels train_labels =
      read_labels(files[kTrainLabels], remedies.broken, train_count, files[kTrainImages]);
  ImageShape test_shape;
  dataset.test = read_images(files[kTestImages], remedies.broken, test_shape, test_count);
  const Labels test_labels =
      read_labels(files[kTestLabels], remedies.broken, test_count, files[kTestImages]);
  if (test_shape != dataset.shape) {
    throw Error(fmt::format("{}: test images of {}×{} pixels, but training images of {}×{}; {}",
                            files[kTestImages].string(), test_shape.height, test_shape.width,
                            dataset.shape.height, dataset.shape.width, remedies.broken));
  }
  const Classes classes = classes_of(name, train_labels, test_labels);
  dataset.class_names = class_names_of(name, classes);
  set_labels(dataset.train, train_labels, classes);
  set_labels(dataset.test, test_labels, classes);
  return dataset;
}

}  // namespace regrow

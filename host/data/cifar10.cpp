// A record is one label byte and 32×32 pixels of red, then green, then blue. Records are read
// straight into their place: the pixels are in memory once.
#include "data/cifar10.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include "config/utf8.h"
#include "data/input_file.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr ImageShape kShape{3, 32, 32};
constexpr std::size_t kCifar10Classes = 10;
constexpr std::size_t kTrainFiles = 5;

fs::path find_folder(const std::string& directory, const std::string& remedy) {
  if (directory.empty()) throw Error("cifar10: no data folder: name it with --data; " + remedy);
  const fs::path folder = directory;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(fmt::format("{}: no such folder; {}", folder.string(), remedy));
  }
  const fs::path inner = folder / "cifar-10-batches-bin";
  const bool is_parent =
      !fs::exists(folder / "data_batch_1.bin", error) && fs::is_directory(inner, error);
  return is_parent ? inner : folder;
}

std::vector<std::string> read_class_names(const fs::path& path, const std::string& remedy) {
  if (!fs::exists(path)) {
    return {"airplane", "automobile", "bird",  "cat",  "deer",
            "dog",      "frog",       "horse", "ship", "truck"};
  }
  std::vector<std::string> names;
  std::ifstream file(path);
  for (std::string line; names.size() <= kCifar10Classes && std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!is_utf8(line)) {
      throw Error(fmt::format("{}: corrupt: class name {} is not UTF-8; {}", path.string(),
                              names.size(), remedy));
    }
    if (!line.empty()) names.push_back(line);
  }
  if (names.size() != kCifar10Classes) {
    throw Error(
        fmt::format("{}: {} class names where {} are due; {}", path.string(),
                    names.size() < kCifar10Classes ? std::to_string(names.size()) : "too many",
                    kCifar10Classes, remedy));
  }
  return names;
}

void read_records(const fs::path& path, const std::string& remedy,
                  std::span<std::uint8_t> pixels,  // [records][channel][row][col]
                  std::span<std::uint16_t> labels) {
  InputFile file(path, remedy);
  file.expect_size(labels.size() * kCifar10RecordBytes);
  for (std::size_t record = 0; record < labels.size(); ++record) {
    std::uint8_t label = 0;
    file.read({&label, 1});
    if (label >= kCifar10Classes) {
      file.fail(fmt::format("corrupt: record {} (the first is 0) has label {}, not 0 to {}", record,
                            label, kCifar10Classes - 1));
    }
    labels[record] = label;
    file.read(pixels.subspan(record * kShape.features(), kShape.features()));
  }
}

LabelledImages with_room_for(std::size_t samples) {
  LabelledImages images;
  images.pixels.resize(samples * kShape.features());
  images.labels.resize(samples);
  return images;
}

}  // namespace

Dataset read_cifar10(const std::string& directory, std::size_t records_per_file) {
  const std::string remedy = fmt::format("get the data with tools/get_cifar10.sh {}",
                                         directory.empty() ? "DIR" : directory);
  const fs::path folder = find_folder(directory, remedy);
  Dataset dataset;
  dataset.name = "cifar10";
  dataset.shape = kShape;
  dataset.class_names = read_class_names(folder / "batches.meta.txt", remedy);
  dataset.train = with_room_for(kTrainFiles * records_per_file);
  const std::size_t pixels_per_file = records_per_file * kShape.features();
  for (std::size_t i = 0; i < kTrainFiles; ++i) {
    read_records(folder / fmt::format("data_batch_{}.bin", i + 1), remedy,
                 std::span(dataset.train.pixels).subspan(i * pixels_per_file, pixels_per_file),
                 std::span(dataset.train.labels).subspan(i * records_per_file, records_per_file));
  }
  dataset.test = with_room_for(records_per_file);
  read_records(folder / "test_batch.bin", remedy, dataset.test.pixels, dataset.test.labels);
  return dataset;
}

Dataset load_cifar10(const std::string& directory) {
  return read_cifar10(directory, kCifar10RecordsPerFile);
}

}  // namespace regrow

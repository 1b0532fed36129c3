// A record is a byte of the coarse label, which nothing here uses, one of the fine label, which is
// the class, and the pixels.
#include "readers/cifar100.h"

#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/read_failure.h"
#include "readers/cifar_files.h"
#include "readers/file_search.h"
#include "regrow/dataset.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCoarseClasses = 20;
constexpr std::size_t kFineClasses = 100;
constexpr std::size_t kAllTrainImages = 50000;
constexpr std::size_t kAllTestImages = 10000;
constexpr const char* kTrainRecords = "train.bin";
constexpr const char* kTestRecords = "test.bin";
constexpr const char* kGetCifar100 =
    "download cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html, unpack it "
    "and name its folder with --data";

bool has_records(const fs::path& folder) {
  return type_to_read(folder / kTrainRecords) != fs::file_type::not_found ||
         type_to_read(folder / kTestRecords) != fs::file_type::not_found;
}

/// What there is in place of the binary version of CIFAR-100: a line for a person, or nothing.
std::string other_cifar(const FileSearch& search) {
  for (const fs::path& file : search.files) {
    const std::string name = file.filename().string(), folder = file.parent_path().string();
    if (name == "cifar-100-binary.tar.gz") {
      return fmt::format("{}: is not unpacked; unpack it and name its folder with --data",
                         file.string());
    }
    if (name == "cifar-100-python.tar.gz" || name == "cifar-100-matlab.tar.gz") {
      return fmt::format("{}: is not the binary version of CIFAR-100; {}", file.string(),
                         kGetCifar100);
    }
    if (file.parent_path().filename() == "cifar-100-python" && name == "train") {
      return fmt::format("{}: holds the Python version of CIFAR-100; {}", folder, kGetCifar100);
    }
    if (file.parent_path().filename() == "cifar-100-matlab" && name == "train.mat") {
      return fmt::format("{}: holds the Matlab version of CIFAR-100; {}", folder, kGetCifar100);
    }
    if (name == "data_batch_1.bin" || name == "test_batch.bin") {
      return fmt::format("{}: holds CIFAR-10; read it with --dataset cifar10, or {}", folder,
                         kGetCifar100);
    }
  }
  return "";
}

fs::path find_cifar100(const std::string& directory) {
  if (directory.empty()) {
    throw Error(fmt::format("cifar100: no data folder: name it with --data; {}", kGetCifar100));
  }
  const fs::path root = directory;
  require_folder(root, kGetCifar100);
  for (const fs::path& folder : {root, root / "cifar-100-binary"}) {
    if (has_records(folder)) return folder;
  }
  const FileSearch search = find_files(root);
  if (const auto folder = only_folder_of(search, [](const fs::path& file) {
        return file.filename() == kTrainRecords || file.filename() == kTestRecords;
      })) {
    return *folder;
  }
  const std::string line = other_cifar(search);
  if (!line.empty()) throw Error(line);
  throw Error(fmt::format("{}: neither {} nor {} is {}{}; {}", directory, kTrainRecords,
                          kTestRecords, places_of(search), other_forms(search), kGetCifar100));
}

}  // namespace

Dataset load_cifar100(const std::string& directory) {
  const fs::path folder = find_cifar100(directory);
  const std::string remedy = std::string("get the data again: ") + kGetCifar100;
  const CifarRecord record{{kCoarseClasses, kFineClasses}, "a file of CIFAR-100's binary version"};
  Dataset dataset;
  dataset.name = "cifar100";
  dataset.shape = kCifarShape;
  read_cifar_records(folder / kTrainRecords, remedy, record, dataset.train);
  read_cifar_records(folder / kTestRecords, remedy, record, dataset.test);
  if (dataset.train.size() != kAllTrainImages || dataset.test.size() != kAllTestImages) {
    dataset.notes.push_back(
        fmt::format("{}: {} training and {} test images, where all of CIFAR-100 are {} and {}",
                    folder.string(), grouped(dataset.train.size()), grouped(dataset.test.size()),
                    grouped(kAllTrainImages), grouped(kAllTestImages)));
  }
  dataset.class_names =
      read_cifar_class_names(folder / "fine_label_names.txt", remedy, kFineClasses);
  for (std::size_t i = 0; i < kFineClasses && dataset.class_names.size() < kFineClasses; ++i) {
    dataset.class_names.push_back(std::to_string(i));
  }
  return dataset;
}

}  // namespace regrow

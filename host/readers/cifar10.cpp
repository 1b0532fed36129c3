// A record is one label byte and the pixels.
#include "readers/cifar10.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/read_failure.h"
#include "base/shell_word.h"
#include "readers/cifar_files.h"
#include "readers/file_search.h"
#include "regrow/dataset.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCifar10Classes = 10;
constexpr std::size_t kOfficialFileRecords = 10000;
constexpr std::size_t kOfficialTrainRecords = 5 * kOfficialFileRecords;
constexpr std::size_t kOfficialTestRecords = kOfficialFileRecords;
constexpr const char* kTestFile = "test_batch.bin";
constexpr const char* kArchiveFolder = "cifar-10-batches-bin";  // which tools/get_cifar10.sh makes

std::string train_file(std::size_t number) { return fmt::format("data_batch_{}.bin", number); }

bool is_there(const fs::path& path) { return type_to_read(path) != fs::file_type::not_found; }

bool is_data_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == kTestFile || (name.starts_with("data_batch_") && name.ends_with(".bin"));
}

/// The script fills a folder below it, but none that is there already; and where files of the data
/// set lie in `directory` itself, that folder is not read.
bool can_be_filled(const fs::path& directory) {
  std::error_code unknown;
  return !fs::exists(directory / kArchiveFolder, unknown) &&
         !fs::exists(directory / train_file(1), unknown) &&
         !fs::exists(directory / kTestFile, unknown);
}

/// The call of the script that gets the data beside what is there. `archive`: " FILE", or nothing.
std::string get_data_elsewhere(const std::string& archive = "") {
  return fmt::format("tools/get_cifar10.sh OTHER_FOLDER{} and name that folder with --data",
                     archive);
}

/// The call that puts the data where it will be found, in `directory` if that can be.
std::string get_data(const std::string& directory, const std::string& archive = "") {
  if (!directory.empty() && !can_be_filled(directory)) return get_data_elsewhere(archive);
  return fmt::format("tools/get_cifar10.sh {}{}", directory.empty() ? "DIR" : shell_word(directory),
                     archive);
}

/// What the folder, or one below it, holds in place of the binary version of CIFAR-10: a line for a
/// person, or nothing.
std::string other_version(const FileSearch& search, const std::string& directory) {
  const auto unpack = [&](const fs::path& archive) {
    return fmt::format("{}: is not unpacked; check and unpack it with {}", archive.string(),
                       get_data(directory, " " + shell_word(archive.string())));
  };
  const std::string get = "get the binary version with " + get_data(directory);
  std::string line;
  for (const fs::path& file : search.files) {
    const std::string name = file.filename().string(), folder = file.parent_path().string();
    if (name == "cifar-10-binary.tar.gz") return unpack(file);
    if (name == "data_batch_1" || name == "test_batch") {
      line = fmt::format("{}: holds the Python version of CIFAR-10; {}", folder, get);
    } else if (name == "data_batch_1.mat" || name == "test_batch.mat") {
      line = fmt::format("{}: holds the Matlab version of CIFAR-10; {}", folder, get);
    } else if (name == "cifar-10-python.tar.gz" || name == "cifar-10-matlab.tar.gz") {
      line = fmt::format("{}: is not the binary version of CIFAR-10; {}", file.string(), get);
    } else if (name == "fine_label_names.txt" || name == "train.bin") {
      line = fmt::format("{}: holds CIFAR-100; read it with --dataset cifar100, or {} for CIFAR-10",
                         folder, get);
    }
  }
  return line;
}

/// The folder of the files: that one, or one below it.
fs::path find_folder(const std::string& directory) {
  const std::string remedy = "get the data with " + get_data(directory);
  if (directory.empty()) throw Error("cifar10: no data folder: name it with --data; " + remedy);
  const fs::path root = directory;
  if (is_archive(root) && type_to_read(root) == fs::file_type::regular) {
    throw Error(
        fmt::format("{}: is an archive, not a folder; if it is the binary version of CIFAR-10, "
                    "check and unpack it with tools/get_cifar10.sh DIR {}",
                    directory, shell_word(directory)));
  }
  require_folder(root, remedy);
  for (const fs::path& folder : {root, root / kArchiveFolder}) {
    if (is_there(folder / train_file(1)) || is_there(folder / kTestFile)) return folder;
  }
  const FileSearch search = find_files(root);
  if (const auto folder = only_folder_of(search, is_data_file)) return *folder;
  const std::string line = other_version(search, directory);
  if (!line.empty()) throw Error(line);
  throw Error(fmt::format("{}: neither {} nor {} is {}{}; {}", directory, train_file(1), kTestFile,
                          places_of(search), other_forms(search), remedy));
}

/// They are numbered from 1, without a gap. Throws Error where one is missing, or the test file.
std::size_t count_train_files(const fs::path& folder) {
  const std::string remedy =
      fmt::format("put it there, or get all of the data with {}", get_data_elsewhere());
  constexpr std::size_t kWidestGap = 5;
  std::size_t count = 0;
  while (is_there(folder / train_file(count + 1))) ++count;
  const std::string missing = (folder / train_file(count + 1)).string();
  for (std::size_t number = count + 2; number <= count + kWidestGap; ++number) {
    if (!is_there(folder / train_file(number))) continue;
    throw Error(
        fmt::format("{}: missing, though {} is there; {}", missing, train_file(number), remedy));
  }
  if (count == 0) throw Error(fmt::format("{}: missing; {}", missing, remedy));
  if (const fs::path test_file = folder / kTestFile; !is_there(test_file)) {
    throw Error(fmt::format("{}: missing; {}", test_file.string(), remedy));
  }
  return count;
}

std::vector<std::string> read_class_names(const fs::path& path, const std::string& remedy) {
  std::vector<std::string> names = read_cifar_class_names(path, remedy, kCifar10Classes);
  if (!names.empty()) return names;
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

void read_records(const fs::path& path, const std::string& remedy, LabelledSamples& images) {
  read_cifar_records(path, remedy, {{kCifar10Classes}, "a file of CIFAR-10's binary version"},
                     images);
}

}  // namespace

Dataset load_cifar10(const std::string& directory) {
  const fs::path folder = find_folder(directory);
  Dataset dataset;
  dataset.name = "cifar10";
  dataset.shape = kCifarShape;
  const std::size_t train_files = count_train_files(folder);
  const std::string remedy = "get the data again with " + get_data_elsewhere();
  dataset.train.bytes().reserve(
      std::min(train_files * kOfficialFileRecords, kOfficialTrainRecords) * kCifarShape.features());
  for (std::size_t number = 1; number <= train_files; ++number) {
    read_records(folder / train_file(number), remedy, dataset.train);
  }
  read_records(folder / kTestFile, remedy, dataset.test);
  if (dataset.train.size() != kOfficialTrainRecords ||
      dataset.test.size() != kOfficialTestRecords) {
    dataset.notes.push_back(
        fmt::format("{}: {} training and {} test images, where all of CIFAR-10 are {} and {}",
                    folder.string(), grouped(dataset.train.size()), grouped(dataset.test.size()),
                    grouped(kOfficialTrainRecords), grouped(kOfficialTestRecords)));
  }
  dataset.class_names = read_class_names(folder / "batches.meta.txt", remedy);
  return dataset;
}

}  // namespace regrow

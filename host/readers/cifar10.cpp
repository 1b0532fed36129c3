// A record is one label byte and 32×32 pixels of red, then green, then blue. Records are read
// straight into their place: the pixels are in memory once.
#include "readers/cifar10.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "base/read_failure.h"
#include "base/shell_word.h"
#include "base/utf8.h"
#include "readers/file_search.h"
#include "readers/input_file.h"
#include "regrow/dataset.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr ImageShape kShape{3, 32, 32};
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
      line = fmt::format("{}: holds CIFAR-100, which is not read; {} for CIFAR-10", folder, get);
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
  std::vector<std::string> folders;
  for (const fs::path& file : search.files) {
    if (!is_data_file(file)) continue;
    const std::string folder = file.parent_path().string();
    if (folders.empty() || folders.back() != folder) folders.push_back(folder);
  }
  if (folders.size() == 1) return folders.front();
  if (!folders.empty()) {
    throw Error(fmt::format("{}: holds {} data sets: {}; give --data a folder with only one",
                            directory, folders.size(), fmt::join(folders, ", ")));
  }
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
  if (!is_there(path)) {
    return {"airplane", "automobile", "bird",  "cat",  "deer",
            "dog",      "frog",       "horse", "ship", "truck"};
  }
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 16;
  InputFile file(path, remedy);
  if (file.file_bytes() > kMostBytes) file.fail("too large for the names of ten classes");
  const std::vector<std::uint8_t> bytes = file.read_rest(file.file_bytes());
  std::istringstream text(std::string(bytes.begin(), bytes.end()));
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!is_utf8(line)) {
      file.fail(fmt::format("corrupt: class name {} is not UTF-8", names.size()));
    }
    if (!line.empty()) names.push_back(line);
  }
  if (names.size() != kCifar10Classes) {
    file.fail(fmt::format("{} class names where {} are due", names.size(), kCifar10Classes));
  }
  return names;
}

constexpr const char* kExpected = "a file of CIFAR-10's binary version";

std::size_t count_records(InputFile& file) {
  const std::uint64_t bytes = file.file_bytes();
  if (bytes == 0) file.fail("truncated: it is empty");
  if (bytes % kCifar10RecordBytes == 0) return bytes / kCifar10RecordBytes;
  file.fail_as_other_kind(kExpected,
                          fmt::format("truncated: {} bytes are no whole number of records of {}",
                                      grouped(bytes), grouped(kCifar10RecordBytes)));
}

/// Appends all records of a file.
void read_records(const fs::path& path, const std::string& remedy, LabelledSamples& images) {
  InputFile file(path, remedy);
  const std::size_t records = count_records(file);
  file.expect_size(records * kCifar10RecordBytes);
  const std::size_t first = images.size();
  images.bytes().resize((first + records) * kShape.features());
  images.labels.resize(first + records);
  const auto pixels = std::span(images.bytes()).subspan(first * kShape.features());
  const auto labels = std::span(images.labels).subspan(first);
  for (std::size_t record = 0; record < records; ++record) {
    std::uint8_t label = 0;
    file.read({&label, 1});
    if (label >= kCifar10Classes) {
      const std::string problem =
          fmt::format("corrupt: record {} (the first is 0) has label {}, not 0 to {}", record,
                      label, kCifar10Classes - 1);
      if (record == 0) file.fail_as_other_kind(kExpected, problem);
      file.fail(problem);
    }
    labels[record] = label;
    file.read(pixels.subspan(record * kShape.features(), kShape.features()));
  }
}

}  // namespace

Dataset load_cifar10(const std::string& directory) {
  const fs::path folder = find_folder(directory);
  Dataset dataset;
  dataset.name = "cifar10";
  dataset.shape = kShape;
  const std::size_t train_files = count_train_files(folder);
  const std::string remedy = "get the data again with " + get_data_elsewhere();
  dataset.train.bytes().reserve(std::min(train_files * kOfficialFileRecords, kOfficialTrainRecords) *
                               kShape.features());
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

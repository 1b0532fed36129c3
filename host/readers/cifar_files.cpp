#include "readers/cifar_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <span>
#include <sstream>

#include "base/read_failure.h"
#include "base/utf8.h"
#include "readers/input_file.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

std::size_t count_records(InputFile& file, const CifarRecord& record) {
  const std::uint64_t bytes = file.file_bytes();
  if (bytes == 0) file.fail("truncated: it is empty");
  if (bytes % record.bytes() == 0) return bytes / record.bytes();
  file.fail_as_other_kind(record.expected,
                          fmt::format("truncated: {} bytes are no whole number of records of {}",
                                      grouped(bytes), grouped(record.bytes())));
}

}  // namespace

void read_cifar_records(const fs::path& path, const std::string& remedy, const CifarRecord& record,
                        LabelledSamples& images) {
  InputFile file(path, remedy);
  const std::size_t records = count_records(file, record);
  file.expect_size(records * record.bytes());
  const std::size_t first = images.size();
  images.bytes().resize((first + records) * kCifarShape.features());
  images.labels.resize(first + records);
  const auto pixels = std::span(images.bytes()).subspan(first * kCifarShape.features());
  const auto labels = std::span(images.labels).subspan(first);
  for (std::size_t i = 0; i < records; ++i) {
    for (const std::size_t values : record.label_values) {
      std::uint8_t label = 0;
      file.read({&label, 1});
      if (label >= values) {
        const std::string problem = fmt::format(
            "corrupt: record {} (the first is 0) has label {}, not 0 to {}", i, label, values - 1);
        if (i == 0) file.fail_as_other_kind(record.expected, problem);
        file.fail(problem);
      }
      labels[i] = label;
    }
    file.read(pixels.subspan(i * kCifarShape.features(), kCifarShape.features()));
  }
}

std::vector<std::string> read_cifar_class_names(const fs::path& path, const std::string& remedy,
                                                std::size_t count) {
  if (type_to_read(path) == fs::file_type::not_found) return {};
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 16;
  InputFile file(path, remedy);
  if (file.file_bytes() > kMostBytes) {
    file.fail(fmt::format("too large for the names of {} classes", count));
  }
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
  if (names.size() != count) {
    file.fail(fmt::format("{} class names where {} are due", names.size(), count));
  }
  return names;
}

std::optional<fs::path> only_folder_of(const FileSearch& search,
                                       const std::function<bool(const fs::path&)>& is_data_file) {
  std::vector<std::string> folders;
  for (const fs::path& file : search.files) {
    if (!is_data_file(file)) continue;
    const std::string folder = file.parent_path().string();
    if (folders.empty() || folders.back() != folder) folders.push_back(folder);
  }
  if (folders.empty()) return std::nullopt;
  if (folders.size() == 1) return folders.front();
  throw Error(fmt::format("{}: holds {} data sets: {}; give --data a folder with only one",
                          search.root.string(), folders.size(), fmt::join(folders, ", ")));
}

}  // namespace regrow

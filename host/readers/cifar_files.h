// What CIFAR-10's and CIFAR-100's binary files have in common: records of label bytes, of which the
// last is the class, and 32×32 pixels of red, then green, then blue.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "readers/file_search.h"
#include "regrow/dataset.h"

namespace regrow {

inline constexpr ImageShape kCifarShape{3, 32, 32};

struct CifarRecord {
  /// How many values each label byte has; the last is the number of classes.
  std::vector<std::size_t> label_values;
  const char* expected;  // "a file of CIFAR-10's binary version"

  std::size_t bytes() const { return label_values.size() + kCifarShape.features(); }
};

/// Appends all records of a file, straight into their place: the pixels are in memory once. Throws
/// Error naming the file and the record.
void read_cifar_records(const std::filesystem::path& path, const std::string& remedy,
                        const CifarRecord& record, LabelledSamples& images);

/// The names in a file of one a line, which must be `count`; none where there is no such file.
std::vector<std::string> read_cifar_class_names(const std::filesystem::path& path,
                                                const std::string& remedy, std::size_t count);

/// The folder of files that belong to a data set, by their names, if there is one. Throws Error
/// where there are several.
std::optional<std::filesystem::path> only_folder_of(
    const FileSearch& search,
    const std::function<bool(const std::filesystem::path&)>& is_data_file);

}  // namespace regrow

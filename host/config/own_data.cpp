#include "config/own_data.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>

#include "data/format_names.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// A folder may hold millions of files; its first ones say what it is.
template <typename Accepts>
bool any_entry(const fs::path& folder, Accepts accepts) {
  constexpr std::size_t kMostEntries = 1000;
  std::error_code error;
  std::size_t seen = 0;
  for (fs::directory_iterator it(folder, error), end; !error && it != end && seen < kMostEntries;
       it.increment(error), ++seen) {
    if (accepts(it->path())) return true;
  }
  return false;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

DataFormat format_of(const fs::path& file) { return format_of_name(file.filename().string()); }

bool is_image(const fs::path& file) { return format_of(file) == DataFormat::kImages; }

bool holds_images(const fs::path& folder) {
  return is_folder(folder) && any_entry(folder, is_image);
}

/// FOLDER/CLASS/image, FOLDER/train/CLASS/image, or FOLDER/x_train.npy; or FOLDER/image, of which
/// the reader says what is wrong.
bool holds_samples(const fs::path& folder) {
  return any_entry(folder, [](const fs::path& entry) {
    return is_image(entry) || format_of(entry) == DataFormat::kNpy || holds_images(entry) ||
           (is_folder(entry) && any_entry(entry, holds_images));
  });
}

bool is_own(const std::string& data) {
  if (data == "-") return true;
  if (is_folder(data)) return holds_samples(data);
  std::error_code error;
  const DataFormat format = format_of_name(data);
  const bool names_table = format != DataFormat::kAuto && format != DataFormat::kImages;
  return fs::exists(data, error) || names_table || has_end(data, ".gz") || has_end(data, ".txt");
}

}  // namespace

bool means_own_data(std::span<const GivenFlag> of_file, std::span<const GivenFlag> flags) {
  const auto given = [&](const char* key) {
    const GivenFlag* const flag = find_given(flags, key);
    return flag != nullptr ? flag : find_given(of_file, key);
  };
  if (given("dataset") != nullptr) return false;
  constexpr std::array kOfOwnDataAlone = {"test",       "data_format", "label", "libsvm_features",
                                          "image_size", "test_split"};
  if (std::any_of(kOfOwnDataAlone.begin(), kOfOwnDataAlone.end(),
                  [&](const char* key) { return given(key) != nullptr; })) {
    return true;
  }
  const GivenFlag* const data = given("data");
  return data != nullptr && !data->value.empty() && is_own(data->value);
}

}  // namespace regrow

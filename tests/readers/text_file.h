// A file of one test that holds a text, and what is kept of a network that was trained on a table.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "readers/data_files.h"
#include "readers/raw_samples.h"
#include "support/temp_dir.h"

namespace regrow {

class TextFile {
 public:
  explicit TextFile(std::string_view text, const std::string& name = "table.csv")
      : path_(folder_.path() / name) {
    write_bytes(path_, Bytes(text.begin(), text.end()));
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  TempDir folder_;
  std::filesystem::path path_;
};

/// Of the training samples that a reader gave, whose classes have such names.
inline TrainedOn trained_on(const RawData& data, std::vector<std::string> class_names) {
  return {.shape = data.train.shape,
          .schema = data.train.schema,
          .class_names = std::move(class_names),
          .has_targets = false};
}

}  // namespace regrow

// What a reader of a user's own files gives: samples as the file has them, before anything is
// decided about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "regrow/data_schema.h"
#include "regrow/features.h"
#include "regrow/load_dataset.h"

namespace regrow {

/// Labels that are no numbers, or names of folders.
struct TextAnswers {
  std::vector<std::string> names;  // distinct, as they appear first
  std::vector<std::uint32_t> ids;  // [samples], of `names`
};
struct NumberAnswers {
  std::vector<double> values;  // [samples][outputs], finite
  std::uint32_t outputs = 1;
};
/// std::monostate: the file has none.
using Answers = std::variant<std::monostate, TextAnswers, NumberAnswers>;

struct RawSamples {
  std::string source;  // what messages call it: the file
  std::size_t samples = 0;
  std::vector<std::string> names{};  // [samples], of those that are files of their own; else none
  Features features{};
  ImageShape shape{};  // of a table: 1 × 1 × its features
  DataSchema schema{};
  Answers answers{};
};

struct RawData {
  RawSamples train;  // or, of a request of unseen samples, all samples
  std::optional<RawSamples> test;
  std::vector<std::string> notes;  // what the user should know, each a line
};

/// How to read.
struct ReadRequest {
  std::string label{};
  std::uint32_t libsvm_features = 0;
  ImageSize image_size{};
  /// Not null: the samples are unseen ones, to be read as those were.
  const TrainedOn* known = nullptr;
  LabelsWanted labels = LabelsWanted::kRequired;
};

}  // namespace regrow

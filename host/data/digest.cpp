// Fingerprints of images and labels.
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/fingerprint.h"
#include "regrow/dataset.h"

namespace regrow {

DatasetDigest digest_of(const Dataset& dataset) {
  const auto digest = [](const auto& numbers) {
    const std::array parts = {std::as_bytes(std::span(numbers))};
    return fingerprint(parts);
  };
  const auto of_answers = [&](const LabelledSamples& images) {
    return images.targets.empty() ? digest(images.labels) : digest(images.targets);
  };
  return {.train_features = digest(dataset.train.bytes()),
          .train_labels = of_answers(dataset.train),
          .test_features = digest(dataset.test.bytes()),
          .test_labels = of_answers(dataset.test)};
}

std::vector<std::string> differing_parts(const DatasetDigest& a, const DatasetDigest& b) {
  std::vector<std::string> parts;
  if (a.train_features != b.train_features) parts.emplace_back("training features");
  if (a.train_labels != b.train_labels) parts.emplace_back("training labels");
  if (a.test_features != b.test_features) parts.emplace_back("test features");
  if (a.test_labels != b.test_labels) parts.emplace_back("test labels");
  return parts;
}

}  // namespace regrow

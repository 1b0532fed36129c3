// Fingerprints of features and labels.
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/fingerprint.h"
#include "regrow/dataset.h"

namespace regrow {

namespace {

template <typename Number>
std::string digest_of_numbers(const std::vector<Number>& numbers) {
  const std::array parts = {std::as_bytes(std::span(numbers))};
  return fingerprint(parts);
}

/// Of arrays one after another; how many rows there are the labels say.
std::string digest_of_numbers(const SparseRows& rows) {
  const std::array parts = {std::as_bytes(std::span(rows.row_begin)),
                            std::as_bytes(std::span(rows.columns)),
                            std::as_bytes(std::span(rows.values))};
  return fingerprint(parts);
}

std::string digest_of_features(const LabelledSamples& samples) {
  return std::visit([](const auto& kind) { return digest_of_numbers(kind); }, samples.features);
}

std::string digest_of_answers(const LabelledSamples& samples) {
  return samples.targets.empty() ? digest_of_numbers(samples.labels)
                                 : digest_of_numbers(samples.targets);
}

}  // namespace

DatasetDigest digest_of(const Dataset& dataset) {
  return {.train_features = digest_of_features(dataset.train),
          .train_labels = digest_of_answers(dataset.train),
          .test_features = digest_of_features(dataset.test),
          .test_labels = digest_of_answers(dataset.test)};
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

// Fingerprints of features and labels.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/fingerprint.h"
#include "regrow/dataset.h"
#include "system/size_text.h"

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
          .test_labels = digest_of_answers(dataset.test),
          .train_samples = dataset.train.size(),
          .test_samples = dataset.test.size()};
}

std::vector<std::string> differing_parts(const DatasetDigest& own, const DatasetDigest& other) {
  std::vector<std::string> parts;
  const auto compare = [&](const char* split, std::uint64_t own_samples, std::uint64_t samples,
                           bool has_features, bool has_labels) {
    // Former versions did not count. Of another number both digests differ, which says no more.
    if (own_samples != 0 && own_samples != samples) {
      parts.push_back(fmt::format("{} {} samples instead of {}", grouped(samples), split,
                                  grouped(own_samples)));
      return;
    }
    if (!has_features) parts.push_back(fmt::format("other {} features", split));
    if (!has_labels) parts.push_back(fmt::format("other {} labels", split));
  };
  compare("training", own.train_samples, other.train_samples,
          own.train_features == other.train_features, own.train_labels == other.train_labels);
  compare("test", own.test_samples, other.test_samples, own.test_features == other.test_features,
          own.test_labels == other.test_labels);
  return parts;
}

}  // namespace regrow

// Fingerprints of images and labels. A hash of this kind reads memory as fast as it can be read, so
// that it costs nothing beside a run.
#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <span>
#include <string>
#include <vector>

#include "regrow/dataset.h"

namespace regrow {
namespace {

template <typename Number>
std::string digest(std::span<const Number> numbers) {
  const XXH128_hash_t hash = XXH3_128bits(numbers.data(), numbers.size_bytes());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

DatasetDigest digest_of(const Dataset& dataset) {
  return {.train_images = digest(std::span(dataset.train.pixels)),
          .train_labels = digest(std::span(dataset.train.labels)),
          .test_images = digest(std::span(dataset.test.pixels)),
          .test_labels = digest(std::span(dataset.test.labels))};
}

std::vector<std::string> differing_parts(const DatasetDigest& a, const DatasetDigest& b) {
  std::vector<std::string> parts;
  if (a.train_images != b.train_images) parts.emplace_back("training images");
  if (a.train_labels != b.train_labels) parts.emplace_back("training labels");
  if (a.test_images != b.test_images) parts.emplace_back("test images");
  if (a.test_labels != b.test_labels) parts.emplace_back("test labels");
  return parts;
}

}  // namespace regrow

// The samples that a call trains on or evaluates, by their numbers in the data set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cpu/loss.h"
#include "regrow/dataset.h"

namespace regrow::cpu {

/// Some neighbouring ones of them.
struct SampleBatch {
  const Features* features = nullptr;
  std::span<const std::uint32_t> ids;  // rows of `features`
  Expected expected;
};

class Samples {
 public:
  explicit Samples(std::shared_ptr<const Dataset> dataset) : dataset_(std::move(dataset)) {}

  /// Positions [first, first + count) of the epoch's order of the training samples.
  void choose_for_training(std::uint64_t seed, std::uint32_t epoch, std::size_t first,
                           std::size_t count);
  /// All of a split.
  void choose(const SplitView& split);

  /// Samples [first, first + count) of those chosen; until others are.
  SampleBatch batch(std::size_t first, std::size_t count) const {
    const Expected all = {labels_, targets_};
    return {features_, std::span(ids_).subspan(first, count), all.part(first, count)};
  }

 private:
  template <typename SampleOf>
  void gather(const LabelledSamples& samples, std::size_t count, const SampleOf& sample_of);

  std::shared_ptr<const Dataset> dataset_;
  std::optional<std::uint32_t> order_epoch_;  // the epoch of order_
  std::vector<std::uint32_t> order_;
  const Features* features_ = nullptr;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint16_t> labels_;
  std::vector<const float*> targets_;  // empty where the data has none
};

}  // namespace regrow::cpu

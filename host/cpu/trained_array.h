// One trainable array of floats, its optimiser's slots and the gradient of a step, all of one
// shape.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu/aligned_array.h"
#include "cpu/floats.h"
#include "cpu/magnitudes.h"
#include "regrow/error.h"
#include "regrow/parameter.h"
#include "regrow/step/optimiser.h"

namespace regrow::cpu {

class TrainedArray {
 public:
  TrainedArray() = default;
  /// Room for `capacity` values, all of them 0 and in use.
  TrainedArray(std::size_t capacity, std::size_t slots, bool has_gradient)
      : size_(capacity), slot_count_(slots), values_(capacity) {
    REGROW_CHECK(slots <= kMostSlots, "more slots than any optimiser has");
    for (std::size_t s = 0; s < slots; ++s) slots_[s] = AlignedArray<float>(capacity);
    if (has_gradient) gradient_ = AlignedArray<float>(capacity);
  }
  /// The parameter's values and slots, in its order.
  TrainedArray(const Parameter& from, bool has_gradient)
      : TrainedArray(from.size(), from.slots.size(), has_gradient) {
    copy_as_floats(from.values, values());
    for (std::size_t s = 0; s < slot_count_; ++s) copy_as_floats(from.slots[s], slot(s));
  }

  /// What one takes in memory.
  static std::uint64_t bytes_of(std::size_t capacity, std::size_t slots, bool has_gradient) {
    return (1 + slots + (has_gradient ? 1 : 0)) * AlignedArray<float>::bytes_of(capacity);
  }

  std::size_t capacity() const { return values_.size(); }
  std::size_t size() const { return size_; }
  /// How many are in use, at most `capacity()`.
  void set_size(std::size_t size) { size_ = size; }
  std::size_t slot_count() const { return slot_count_; }

  float* values() { return values_.data(); }
  const float* values() const { return values_.data(); }
  float* slot(std::size_t s) { return slots_[s].data(); }
  const float* slot(std::size_t s) const { return slots_[s].data(); }
  /// Summed over the batch; null where none is kept.
  float* gradient() { return gradient_.data(); }
  const float* gradient() const { return gradient_.data(); }

  void save(Parameter& to) const {
    to.values.assign(values(), values() + size_);
    to.slots.resize(slot_count_);
    for (std::size_t s = 0; s < slot_count_; ++s) to.slots[s].assign(slot(s), slot(s) + size_);
  }
  void reset_slots() {
    for (std::size_t s = 0; s < slot_count_; ++s) std::fill_n(slot(s), size_, 0.0F);
  }
  /// The values' signs; values and slots that are not finite.
  WeightCounts count(Workers& workers) const {
    WeightCounts counts = count_signs({values(), size_}, workers);
    for (std::size_t s = 0; s < slot_count_; ++s) {
      counts.non_finite += count_non_finite({slot(s), size_}, workers);
    }
    return counts;
  }

 private:
  std::size_t size_ = 0;
  std::size_t slot_count_ = 0;
  AlignedArray<float> values_;
  std::array<AlignedArray<float>, kMostSlots> slots_;
  AlignedArray<float> gradient_;
};

}  // namespace regrow::cpu

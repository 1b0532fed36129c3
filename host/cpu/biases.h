// A layer's biases.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/kernels.h"
#include "cpu/thread_pool.h"
#include "cpu/trained_array.h"
#include "regrow/network_state.h"

namespace regrow::cpu {

class Biases {
 public:
  Biases(const LayerState& state, UpdateMode mode)
      : array_(state.biases, mode == UpdateMode::kGradients) {}

  /// What those of so many outputs take in memory.
  static std::uint64_t bytes_of(std::uint64_t outputs, std::size_t slots, UpdateMode mode) {
    return TrainedArray::bytes_of(outputs, slots, mode == UpdateMode::kGradients);
  }

  const float* data() const { return array_.values(); }
  float operator[](std::size_t row) const { return array_.values()[row]; }
  TrainedArray& array() { return array_; }
  const TrainedArray& array() const { return array_; }

  /// Updates them, or, where `sgd` is null, keeps their gradients where there is room for them.
  /// output_gradient: dY [rows][ld], in that format.
  void backward(const Kernels& kernels, const float* output_gradient, std::uint32_t ld,
                RowFormat format, const Sgd* sgd, const Range& rows) {
    if (sgd != nullptr) {
      kernels.update_biases({array_.values(), array_.slot(0), output_gradient, ld, *sgd, format},
                            rows.first, rows.last);
    } else if (array_.gradient() != nullptr) {
      kernels.sum_rows(output_gradient, ld, format, array_.gradient(), rows.first, rows.last);
    }
  }

 private:
  TrainedArray array_;  // [outputs]
};

}  // namespace regrow::cpu

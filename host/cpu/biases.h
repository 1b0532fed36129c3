// A layer's biases and their momentum.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/floats.h"
#include "cpu/kernels.h"
#include "cpu/magnitudes.h"
#include "cpu/thread_pool.h"
#include "regrow/network_state.h"

namespace regrow::cpu {

class Biases {
 public:
  explicit Biases(const LayerState& state)
      : values_(to_floats(state.biases)), momentum_(to_floats(state.bias_momentum)) {}

  /// What those of so many outputs take in memory.
  static std::uint64_t bytes_of(std::uint64_t outputs) { return 2 * outputs * sizeof(float); }

  const float* data() const { return values_.data(); }
  float operator[](std::size_t row) const { return values_[row]; }

  /// output_gradient: dY [rows][ld].
  void update(const Kernels& kernels, const float* output_gradient, std::uint32_t ld,
              const Sgd& sgd, const Range& rows) {
    kernels.update_biases({values_.data(), momentum_.data(), output_gradient, ld, sgd}, rows.first,
                          rows.last);
  }
  void save(LayerState& state) const {
    state.biases.assign(values_.begin(), values_.end());
    state.bias_momentum.assign(momentum_.begin(), momentum_.end());
  }
  void reset_momentum() { momentum_.assign(momentum_.size(), 0.0F); }
  std::uint64_t count_non_finite() const {
    return cpu::count_non_finite(values_) + cpu::count_non_finite(momentum_);
  }

 private:
  std::vector<float> values_;    // [outputs]
  std::vector<float> momentum_;  // [outputs]
};

}  // namespace regrow::cpu

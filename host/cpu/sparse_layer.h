// A sparse layer: weights and momentum in column order (CSC), which the backward pass walks, and a
// row view (CSR) of columns and positions, which the forward pass walks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/biases.h"
#include "cpu/connections.h"
#include "cpu/index_array.h"
#include "cpu/layer.h"
#include "network/network_plan.h"
#include "regrow/evolution/measures.h"

namespace regrow::cpu {

class SparseLayer : public Layer {
 public:
  SparseLayer(const LayerState& state, const Kernels& kernels, unsigned threads);
  /// What one of so many connections takes in memory.
  static std::uint64_t bytes_of(const LayerPlan& layer);

  void forward(const LayerBuffers& buffers, const Activation& activation, unsigned thread) override;
  void backward(const LayerBuffers& buffers, const Activation& input_activation, const Sgd& sgd,
                unsigned thread, ThreadPool& pool) override;
  void save(LayerState& state) const override;
  void reset_momentum() override;
  WeightCounts count_weights() const override;
  /// Throws std::logic_error where a protected cell is no connection, or they do not ascend.
  LayerMeasures measure(const CellList& protected_cells,
                        const std::optional<MagnitudeDigit>& digit) const;

  /// The connections in canonical order, out and in. `assign` takes any number of them.
  Connections connections() const;
  void assign(const Connections& connections);

  std::uint32_t inputs() const { return inputs_; }
  std::uint32_t outputs() const { return outputs_; }

 private:
  std::vector<float> weights_of(const CellList& cells) const;

  const Kernels& kernels_;
  unsigned threads_;
  std::uint32_t inputs_;
  std::uint32_t outputs_;
  std::size_t count_ = 0;

  // Column order. Arrays have room for more connections than there are: growth seldom allocates.
  std::vector<std::uint32_t> column_begin_;  // [inputs + 1]
  IndexArray rows_;                          // [capacity + kIndexPadding], all of them valid rows
  AlignedArray<float> weights_;              // [capacity]
  AlignedArray<float> momentum_;             // [capacity]
  AlignedArray<float> partial_;              // [capacity]
  // Row order, the canonical one.
  std::vector<std::uint32_t> row_begin_;  // [outputs + 1]
  IndexArray columns_;                    // [capacity]
  AlignedArray<std::uint32_t> position_;  // [capacity]: where the connection is in column order

  Biases biases_;

  // First row and column of each thread, [threads + 1], so that connections are shared out evenly.
  std::vector<std::size_t> row_split_;
  std::vector<std::size_t> column_split_;
};

}  // namespace regrow::cpu
